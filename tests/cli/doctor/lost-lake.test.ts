import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { lakeProject } from '../why/support/lake-project.ts';

test('a lake that is gone is named with what was written into it, and none is made in its place', async () => {
  const project = await lakeProject();
  onTestFinished(() => project.remove());
  const { dir, warehouse } = project;
  const doctor = () => runCli(['doctor'], { cwd: dir });
  expect((await doctor()).stdout).toMatch(/^ok +lake .*no file is missing$/m);
  renameSync(warehouse, join(dir, 'moved'));
  for (const state of ['is not there', 'has no catalog.sqlite']) {
    const { code, stdout } = await doctor();
    expect(code).toBe(1);
    expect(stdout).toMatch(
      new RegExp(`^fail +lake +\\S+lake ${state}, and 4 tables \\(product_core\\.kinds, `, 'm'),
    );
    expect(stdout).toContain('Try: move the folder back; ');
    expect(stdout).toMatch(/^warn +tools +lake was not started/m);
    expect(existsSync(join(warehouse, 'catalog.sqlite'))).toBe(false);
    mkdirSync(warehouse, { recursive: true });
  }
  // The next run makes an empty one.
  await runCli(['server', 'lake', '--root', 'vendors', '--warehouse', '.aiworkflow/lake'], { cwd: dir });
  expect((await doctor()).stdout).toMatch(/^warn +lake +\S+lake has none of its tables, and 4 tables /m);
});
