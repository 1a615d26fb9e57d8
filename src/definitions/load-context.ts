import type { ProjectConfig } from '../domain/project-config.ts';
import type { SchemaValidator } from '../ports/schema-validator.ts';
import type { TemplateEngine } from '../ports/template-engine.ts';

export interface LoadedProject {
  /** The project's root. Paths in definitions are relative to it. */
  readonly dir: string;
  readonly config: ProjectConfig;
}

/** What loading takes besides the files. Both are ports: definitions know no template language and no validator. */
export interface LoadContext {
  readonly project: LoadedProject;
  readonly schemas: SchemaValidator;
  readonly templates: TemplateEngine;
}
