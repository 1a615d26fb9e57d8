import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createSchemaValidator } from '../../src/contracts/schema-validator.ts';
import { loadProject } from '../../src/definitions/load-project.ts';
import { loadWorkflow } from '../../src/definitions/load-workflow.ts';
import type { LoadedWorkflow } from '../../src/domain/loaded-workflow.ts';
import { AiworkflowError } from '../../src/errors/index.ts';
import { createTemplateEngine } from '../../src/templating/create-template-engine.ts';

/** Text, or `{ base64 }` for bytes that are no text, `{ link }` for a symbolic link, `{ folder: true }`. */
export type FileContent = string | { base64: string } | { link: string } | { folder: true };

export function writeProject(files: Readonly<Record<string, FileContent>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-definitions-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    const full = join(dir, path);
    mkdirSync(dirname(full), { recursive: true });
    if (typeof content === 'string') writeFileSync(full, content);
    else if ('base64' in content) writeFileSync(full, Buffer.from(content.base64, 'base64'));
    else if ('link' in content) symlinkSync(content.link, full);
    else mkdirSync(full);
  }
  return dir;
}

export const schemas = createSchemaValidator();
export const templates = createTemplateEngine();

export async function load(files: Readonly<Record<string, FileContent>>, ref = 'w'): Promise<LoadedWorkflow> {
  const project = await loadProject({ dir: writeProject(files) });
  return loadWorkflow({ project, ref, schemas, templates });
}

export async function failureOf(action: () => Promise<unknown>): Promise<AiworkflowError> {
  try {
    await action();
  } catch (error) {
    if (AiworkflowError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
