import { resolve } from 'node:path';
import { createSchemaValidator } from '../../contracts/schema-validator.ts';
import { loadContractFile } from '../../definitions/index.ts';
import type { ProjectConfig } from '../../domain/project-config.ts';
import { createTemplateEngine } from '../../templating/create-template-engine.ts';
import { type CheckedFile, checkDocuments } from './check-documents.ts';
import { nameInProject } from './find-files.ts';
import { documentFolders } from './project-folders.ts';

interface Project {
  readonly projectDir: string;
  readonly config: ProjectConfig;
}

/** The documents of a project's catalogs, or those that are named (relative to the working directory). */
export async function checkProjectDocuments(
  { projectDir, config }: Project,
  named: readonly string[] = [],
): Promise<CheckedFile[]> {
  const schemas = createSchemaValidator();
  const templates = createTemplateEngine();
  const context = { project: { dir: projectDir, config }, schemas, templates };
  return checkDocuments({
    projectDir,
    folders: await documentFolders(projectDir, config),
    requireResponse: (file) => loadContractFile(context, file),
    ...(named.length > 0 && { files: named.map((file) => nameInProject(projectDir, resolve(file))) }),
  });
}
