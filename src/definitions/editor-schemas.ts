import { z } from 'zod';
import { projectConfigSchema } from '../domain/project-config.ts';
import { workflowSchema } from '../domain/workflow-definition.ts';

/** JSON Schemas that an editor checks and completes files with; generated into `docs/`. */
export function editorSchemas(): { readonly workflow: object; readonly project: object } {
  return {
    workflow: { ...toEditorSchema(workflowSchema), title: 'aiworkflow: a file in workflows/' },
    project: { ...toEditorSchema(projectConfigSchema), title: 'aiworkflow.yaml' },
  };
}

// `input`: what a person writes, where a key with a default may be left out. draft-07 is what editors know best.
function toEditorSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
}
