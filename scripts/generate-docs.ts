import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { editorSchemas } from '../src/definitions/editor-schemas.ts';
import { frontMatterSchema } from '../src/definitions/front-matter.ts';
import { budgetSchema, limitsSchema } from '../src/domain/limits.ts';
import { modelSettingsSchema } from '../src/domain/model.ts';
import { modelPriceSchema, projectConfigSchema, providerConfigSchema } from '../src/domain/project-config.ts';
import { serverConfigSchema } from '../src/domain/server-config.ts';
import {
  callStepSchema,
  paramSchema,
  promptStepSchema,
  workflowSchema,
  workflowStepSchema,
} from '../src/domain/workflow-definition.ts';
import {
  answerComparisonSchema,
  divergenceSchema,
  runComparisonSchema,
  spentSchema,
  stepComparisonSchema,
  trajectorySchema,
} from '../src/engine/compare/run-comparison.ts';
import { errorCatalogue } from '../src/errors/catalogue.ts';
import { keyTable } from './key-table.ts';

/**
 * The parts of docs/ that the program itself knows best: what is between `<!-- generated: name -->` and
 * `<!-- end -->`, docs/errors.md and the editors' schemas. Gives path -> content; a test compares them with the files.
 */
export function generateDocs(root: string): ReadonlyMap<string, string> {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const schemas = editorSchemas();
  return new Map([
    ['docs/workflow.schema.json', `${JSON.stringify(schemas.workflow, null, 2)}\n`],
    ['docs/project.schema.json', `${JSON.stringify(schemas.project, null, 2)}\n`],
    ['docs/errors.md', errorPage()],
    ['docs/diff.md', fill(read('docs/diff.md'), comparisonTables())],
    ['docs/workflow-files.md', fill(read('docs/workflow-files.md'), workflowTables())],
    [
      'docs/prompt-files.md',
      fill(read('docs/prompt-files.md'), new Map([['front matter', keyTable(frontMatterSchema)]])),
    ],
  ]);
}

function workflowTables(): ReadonlyMap<string, string> {
  const common = Object.keys(promptStepSchema.shape).filter(
    (key) => key in callStepSchema.shape && key in workflowStepSchema.shape,
  );
  const own = (schema: typeof promptStepSchema | typeof callStepSchema | typeof workflowStepSchema) =>
    keyTable(schema, (key) => !common.includes(key));
  const [shipped, stdio, http] = serverConfigSchema.options;
  return new Map([
    ['workflow', keyTable(workflowSchema)],
    ['param', keyTable(paramSchema)],
    ['every step', keyTable(promptStepSchema, (key) => common.includes(key))],
    ['prompt step', own(promptStepSchema)],
    ['call step', own(callStepSchema)],
    ['workflow step', own(workflowStepSchema)],
    ['retry', keyTable(promptStepSchema.shape.retry.unwrap())],
    ['limits', keyTable(limitsSchema)],
    ['budget', keyTable(budgetSchema)],
    ['settings', keyTable(modelSettingsSchema)],
    ['shipped server', keyTable(shipped)],
    ['stdio server', keyTable(stdio)],
    ['http server', keyTable(http)],
    ['project', keyTable(projectConfigSchema)],
    ['provider', keyTable(providerConfigSchema)],
    ['price', keyTable(modelPriceSchema)],
  ]);
}

function comparisonTables(): ReadonlyMap<string, string> {
  return new Map([
    ['comparison', keyTable(runComparisonSchema)],
    ['compared step', keyTable(stepComparisonSchema)],
    ['compared answer', keyTable(answerComparisonSchema)],
    ['compared calls', keyTable(trajectorySchema)],
    ['divergence', keyTable(divergenceSchema)],
    ['spent', keyTable(spentSchema)],
  ]);
}

function fill(page: string, tables: ReadonlyMap<string, string>): string {
  const used = new Set<string>();
  const filled = page.replaceAll(/<!-- generated: (.+?) -->[\s\S]*?<!-- end -->/g, (_whole, name: string) => {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`no table is called "${name}"`);
    used.add(name);
    return `<!-- generated: ${name} -->\n\n${table}\n<!-- end -->`;
  });
  const unused = [...tables.keys()].filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`tables without a place: ${unused.join(', ')}`);
  return filled;
}

function errorPage(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { exit, meaning }]) => `| \`${code}\` | ${exit} | ${meaning} |`,
  );
  return `# Error codes

Generated from \`src/errors/catalogue.ts\` by \`node scripts/generate-docs.ts\`.

An error is printed as \`Error:\` with its place and code, and \`Try:\` with what to do about it. Exit codes: 1 the run
failed, 2 wrong usage or definition (nothing was run: an error of this kind that ends a run that had begun gives 1), 3 stopped by a limit,
4 waiting, 130 interrupted.

| code | exit | meaning |
| --- | --- | --- |
${rows.join('\n')}
`;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) {
  const root = resolve(import.meta.dirname, '..');
  for (const [path, content] of generateDocs(root)) writeFileSync(join(root, path), content);
}
