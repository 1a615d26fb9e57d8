import { serveLake } from '../../../../src/servers/lake/serve.ts';

// `aiworkflow server lake` without the command line around it.
await serveLake(process.argv.slice(2));
