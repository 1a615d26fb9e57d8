export { AiworkflowError, type ErrorFields, failureRecord, messageOf } from './base.ts';
export { type ErrorCode, errorCatalogue } from './catalogue.ts';
export {
  AnswerError,
  DefinitionError,
  InterruptedError,
  LimitError,
  LogError,
  ModelError,
  type ModelErrorCode,
  TemplateError,
  ToolError,
} from './classes.ts';
export { nearest } from './nearest.ts';
export { exitCodeOf, renderError } from './render.ts';
export { errorOfRecord } from './revive.ts';
export { kindInWords, valueInWords } from './value-words.ts';
