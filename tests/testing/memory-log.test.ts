import { memoryLog } from '../../src/testing/index.ts';
import { auditLogContract } from '../contract/audit-log.ts';

auditLogContract('in memory', memoryLog);
