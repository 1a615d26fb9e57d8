export { fixedClock } from './fixed-clock.ts';
export { type MemoryLog, memoryLog } from './memory-log.ts';
export {
  type Script,
  type ScriptedAnswer,
  type ScriptedModel,
  type ScriptedReply,
  scriptedModel,
} from './scripted-model.ts';
