import type { SourceLocation } from '../domain/source-location.ts';
import { AiworkflowError, DefinitionError, nearest } from '../errors/index.ts';
import { bareMessage } from './problems.ts';
import { listProjectFiles, readProjectFile } from './project-file.ts';
import { memberOf } from './schema-shape.ts';
import { parseYaml } from './yaml-file.ts';

interface Lookup {
  readonly dir: string;
  readonly ref: string;
  readonly from?: SourceLocation;
}

export interface ListedWorkflow {
  readonly file: string;
  readonly id?: string;
  readonly description?: string;
  /** Why the file cannot be read, when it cannot: the others are listed all the same. */
  readonly problem?: string;
}

/** The files in `workflows/`, sorted by name, with what they call themselves. */
export async function listWorkflows({ dir }: { readonly dir: string }): Promise<ListedWorkflow[]> {
  const files = (await listProjectFiles(dir, 'workflows')).filter((file) => /\.ya?ml$/.test(file));
  return Promise.all(files.map((file) => listOne(dir, file)));
}

async function listOne(dir: string, file: string): Promise<ListedWorkflow> {
  try {
    const { value } = parseYaml(await readProjectFile({ dir, path: file }));
    const id = memberOf(value, 'id');
    const description = memberOf(value, 'description');
    return {
      file,
      ...(typeof id === 'string' && { id }),
      ...(typeof description === 'string' && { description }),
    };
  } catch (error) {
    if (!AiworkflowError.is(error)) throw error;
    return {
      file,
      problem: error.location ? `${error.location.line}: ${bareMessage(error)}` : error.message,
    };
  }
}

/** The file of a workflow by its id, or by its path. Throws DefinitionError WORKFLOW_UNKNOWN. */
export async function findWorkflowFile({ dir, ref, from }: Lookup): Promise<string> {
  if (/\.ya?ml$/.test(ref)) return ref;
  const listed = await listWorkflows({ dir });
  const found = listed.filter((workflow) => workflow.id === ref);
  const [only, second] = found;
  if (second) throw ambiguous(ref, found, from);
  // A file that cannot be parsed has no id yet; its name is what the person means, and its errors are what they need.
  const byName = listed.find(
    (workflow) => /([^/]+)\.ya?ml$/.exec(workflow.file)?.[1] === ref && !workflow.id,
  );
  const file = only?.file ?? byName?.file;
  if (file !== undefined) return file;
  const ids = listed.flatMap((workflow) => workflow.id ?? []);
  const [near] = nearest(ref, ids);
  throw new DefinitionError({
    code: 'WORKFLOW_UNKNOWN',
    message: `There is no workflow "${ref}".`,
    hint: `${near ? `Did you mean "${near}"? ` : ''}${
      ids.length > 0 ? `Workflows: ${ids.join(', ')}.` : 'There are no files in workflows/.'
    }`,
    ...(from && { location: from }),
    details: { ref, known: ids },
  });
}

function ambiguous(ref: string, found: readonly ListedWorkflow[], from?: SourceLocation): DefinitionError {
  return new DefinitionError({
    code: 'WORKFLOW_UNKNOWN',
    message: `Several files have the id "${ref}": ${found.map((workflow) => workflow.file).join(', ')}.`,
    hint: 'Give each its own id, or name the file.',
    ...(from && { location: from }),
  });
}
