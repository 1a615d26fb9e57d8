import { DefinitionError } from '../errors/index.ts';

export function wrongUsage(message: string, hint: string): DefinitionError {
  return new DefinitionError({ code: 'USAGE', message, hint });
}
