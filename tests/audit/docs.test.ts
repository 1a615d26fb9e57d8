import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportRun } from '../../src/audit/sqlite/index.ts';
import { appendRun } from './support/sample-run.ts';
import { tempFolder, tempLog } from './support/temp-log.ts';

const page = readFileSync('docs/audit-log.md', 'utf8');

/** The section under `### name`, and the names in code marks that a column of a table, or a sentence, begins with. */
function documentedColumns(view: string): string[] {
  const section = page.split(`### ${view}\n`)[1]?.split('\n#')[0] ?? '';
  const cells = [...section.matchAll(/^\| (`[^|]*?) \|/gm)].map((match) => match[1] ?? '');
  const text = cells.length > 0 ? cells.join(' ') : section.replaceAll(/\([^)]*\)/g, '');
  return [...text.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? '');
}

describe('docs/audit-log.md', () => {
  test.each(['runs', 'steps', 'calls', 'model_calls', 'tool_calls', 'resolutions', 'costs', 'accounts'])(
    'tells every column of %s',
    (view) => {
      const columns = tempLog().database.prepare(`SELECT * FROM ${view}`).columns();
      expect(documentedColumns(view).sort()).toEqual(columns.map(({ name }) => name).sort());
    },
  );

  const queries = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  test.each(queries)('query %# runs', async (sql) => {
    const log = tempLog();
    appendRun(log, 'one');
    await log.commit();
    expect(() => log.database.prepare(sql).all()).not.toThrow();
  });

  test('the chain can be verified by hand as it says', async () => {
    const log = tempLog();
    appendRun(log, 'one');
    await log.commit();
    const folder = tempFolder();
    const program = /node -e '([\s\S]*?)\n {4}'/.exec(page)?.[1] ?? '';
    const lines = [...exportRun(log, 'one')];
    const verify = (text: string): string => {
      writeFileSync(join(folder, 'run.jsonl'), text);
      return execFileSync(process.execPath, ['-e', program], {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    };
    expect(verify(lines.join('\n'))).toBe(`verified ${JSON.parse(lines.at(-1) ?? '').root}\n`);
    expect(() => verify(lines.join('\n').replace('"costUsd":0.25', '"costUsd":0.24'))).toThrow(/changed/);
  });
});
