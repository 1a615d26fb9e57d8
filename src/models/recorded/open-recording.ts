import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { parseRunExport, type RunExport } from '../../domain/run-export.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { ModelClient } from '../../ports/model-client.ts';
import { createRecordedClient } from './client.ts';
import { requireVerified } from './verify-recording.ts';

/**
 * `demo` is `<project>/recordings/demo.jsonl`; a name that ends in `.jsonl` is a path, relative to the project.
 * Throws DefinitionError FILE_NOT_FOUND, FILE_UNREADABLE or DEFINITION_INVALID, and LogError LOG_CORRUPT.
 */
export function openRecording(name: string, projectDir: string): ModelClient {
  const path = pathOf(name, projectDir);
  const recording = parse(read(path), path);
  requireVerified(recording, path);
  return createRecordedClient({ name, path, recording });
}

function pathOf(name: string, projectDir: string): string {
  if (!name.endsWith('.jsonl')) return join(projectDir, 'recordings', `${name}.jsonl`);
  return isAbsolute(name) ? name : resolve(projectDir, name);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new DefinitionError({
      code: missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      message: `the recording ${path} ${missing ? 'does not exist' : 'cannot be read'}`,
      hint: `make one: run the workflow with a live model, then aiworkflow export <run> > ${path}`,
      cause,
    });
  }
}

function parse(text: string, path: string): RunExport {
  try {
    return parseRunExport(text);
  } catch (cause) {
    throw new DefinitionError({
      code: 'DEFINITION_INVALID',
      message: `the recording ${path} is no run export: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: `make it anew: aiworkflow export <run> > ${path}`,
      cause,
    });
  }
}
