import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { feedText, feedWith } from '../metadata/support/feed-contract.ts';
import { createProject, type Project } from './support/project.ts';
import { type CliResult, runCli } from './support/run-cli.ts';

const product = `apiVersion: v3.1.0
kind: DataContract
id: product
version: 1.0.0
status: active
schema:
  - name: product
    physicalName: product_core.product
    description: Products.
    properties:
      - { name: product_id, logicalType: string, physicalType: VARCHAR, required: true, description: Key. }
      - { name: pieces, logicalType: integer, physicalType: INTEGER, description: In stock. }
`;
const mapping = `kind: Mapping
id: acme
version: 1.0.0
source: { contract: acme, table: product_raw.acme }
target: { contract: product, table: product_core.product }
sql: SELECT sku AS product_id, stock AS pieces FROM product_raw.acme
columns:
  - { column: product_id, from: [sku], rule: as it is }
`;
const policy = `id: rounding
version: 1.0.0
title: Rounding
description: How.
rules: [{ id: half_up, statement: Half up. }]
tables: { places: [{ currency: JPY, places: 0 }] }
`;
const files = {
  'contracts/product.odcs.yaml': product,
  'contracts/feeds/acme.odcs.yaml': feedText,
  'contracts/feeds/acme.mapping.yaml': mapping,
  'contracts/policies/rounding.yaml': policy,
  'contracts/answer.yaml': 'city: string\nkind: string, of which\n',
  'contracts/sum.json': '{ "type": "object", "properties": { "sum": { "type": "number" } } }',
};

let project: Project;
beforeAll(() => {
  project = createProject(files);
});
beforeEach(() => {
  for (const [path, text] of Object.entries(files)) project.write(path, text);
});
afterAll(() => project.remove());

const cli = (...args: string[]): Promise<CliResult> => runCli(args, { cwd: project.dir });
const broken = (path: keyof typeof files, [old, now]: readonly [string, string]): void => {
  expect(files[path]).toContain(old);
  project.write(path, files[path].replace(old, now));
};

describe('contract check', () => {
  test('says of every document what it is', async () => {
    const { code, stdout } = await cli('contract', 'check');
    expect(stdout.trimEnd().split('\n')).toEqual([
      '✓ contracts/answer.yaml  the contract of an answer',
      '✓ contracts/feeds/acme.mapping.yaml  a mapping: acme 1.0.0',
      '✓ contracts/feeds/acme.odcs.yaml  the contract of a table: acme 1.0.0',
      '✓ contracts/policies/rounding.yaml  a policy: rounding 1.0.0',
      '✓ contracts/product.odcs.yaml  the contract of a table: product 1.0.0',
      '✓ contracts/sum.json  the contract of an answer',
    ]);
    expect(code).toBe(0);
  });

  const cases = [
    {
      name: 'a contract with an impossible type',
      path: 'contracts/product.odcs.yaml',
      change: ['physicalType: INTEGER', "physicalType: 'DECIMAL(50,2)'"],
      says: 'error contracts/product.odcs.yaml:12:61 product.pieces: "DECIMAL(50,2)" is no column type of the lake. [DEFINITION_INVALID]\n    Try: a DECIMAL has at most 38 digits',
    },
    {
      name: 'a mapping without a required column',
      path: 'contracts/feeds/acme.mapping.yaml',
      change: ['column: product_id', 'column: pieces'],
      says: 'error contracts/feeds/acme.mapping.yaml:8:3 The required column "product_id" of product_core.product is not mapped.',
    },
    {
      name: 'a policy with an unknown key',
      path: 'contracts/policies/rounding.yaml',
      change: ['title: Rounding', 'titel: Rounding'],
      says: 'error contracts/policies/rounding.yaml:3:1 unknown key "titel". [DEFINITION_INVALID]\n    Try: did you mean "title"?',
    },
    {
      name: 'a contract of an answer that is no schema',
      path: 'contracts/sum.json',
      change: ['"type": "number"', '"type": "nmber"'],
      says: '✗ contracts/sum.json  the contract of an answer, 1 error\n  error contracts/sum.json:1:1 ',
    },
    {
      name: 'a contract with the id of another',
      path: 'contracts/feeds/acme.odcs.yaml',
      change: ['id: acme', 'id: product'],
      says: 'error contracts/feeds/acme.odcs.yaml:3:5 The id "product" is taken by contracts/product.odcs.yaml as well.',
    },
    {
      name: 'a file that is no YAML',
      path: 'contracts/product.odcs.yaml',
      change: ['kind: DataContract', 'kind: [DataContract'],
      says: '[YAML_INVALID]',
    },
  ] as const;
  test.each(cases)('$name', async ({ path, change, says }) => {
    broken(path, change);
    const { code, stdout, stderr } = await cli('contract', 'check');
    expect(stdout).toContain(says);
    // What follows from an error of another file is not told beside it; an id that is taken is an error of both.
    const wrong = says.includes('is taken by') ? 3 : 1;
    expect(stdout.match(/✗/g)).toHaveLength(wrong);
    expect(stderr).toBe('');
    expect(code).toBe(2);
    const checked = await cli('check', '--offline', '--model', 'scripted:x');
    expect(checked.stdout).toContain(says);
    expect(checked.stdout).toMatch(
      /✗ contracts {2}6 documents, [13] of 6 with errors: aiworkflow contract check/,
    );
    expect(checked.code).toBe(2);
  });

  test('of one file, and as JSON; a mapping is held against contracts that were not named', async () => {
    broken('contracts/feeds/acme.mapping.yaml', ['from: [sku]', 'from: [skuu]']);
    const { code, stdout } = await cli('contract', 'check', 'contracts/feeds/acme.mapping.yaml', '--json');
    expect(code).toBe(2);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      {
        file: 'contracts/feeds/acme.mapping.yaml',
        kind: 'mapping',
        id: 'acme',
        version: '1.0.0',
        errors: [{ code: 'DEFINITION_INVALID', location: { line: 8, column: 34 }, path: 'columns.0.from.0' }],
      },
    ]);
  });

  test('two feeds that take the same files, which the catalog refuses', async () => {
    project.write(
      'contracts/feeds/acme_two.odcs.yaml',
      feedText.replace('id: acme', 'id: acme_two').replaceAll('product_raw.acme', 'product_raw.acme_two'),
    );
    try {
      const { code, stdout } = await cli('contract', 'check');
      expect(stdout).toContain(
        'error contracts/feeds/acme_two.odcs.yaml:9:16 The feeds "acme" and "acme_two" both take the files acme_*.csv.',
      );
      expect(stdout.match(/✗/g)).toHaveLength(2);
      expect(code).toBe(2);
    } finally {
      rmSync(join(project.dir, 'contracts/feeds/acme_two.odcs.yaml'));
    }
  });

  test('two feeds that take other sheets of the same workbooks are none of each other', async () => {
    const own = (sheet: string) =>
      feedText
        .replace('id: acme', `id: acme_${sheet}`)
        .replaceAll('product_raw.acme', `product_raw.acme_${sheet}`)
        .replaceAll('acme_*.csv', 'acme_*.xlsx')
        .replace(/(\n *)(vendor_name:)/, `$1options: { sheet: ${sheet} }$1$2`);
    expect(own('de')).toContain('options: { sheet: de }');
    for (const sheet of ['de', 'fr']) project.write(`contracts/feeds/acme_${sheet}.odcs.yaml`, own(sheet));
    try {
      const { stdout } = await cli('contract', 'check');
      expect(stdout).not.toContain('both take the files');
    } finally {
      for (const sheet of ['de', 'fr']) rmSync(join(project.dir, `contracts/feeds/acme_${sheet}.odcs.yaml`));
    }
  });

  test('the folders are those of the project’s catalogs', async () => {
    project.write('law/other.odcs.yaml', product.replace('id: product', 'id: other'));
    project.write(
      'aiworkflow.yaml',
      'tools: { catalog: { server: catalog, args: [--contracts, law, --feeds, contracts/feeds] } }\n',
    );
    try {
      const { stdout } = await cli('contract', 'check');
      expect(stdout).toContain('✓ law/other.odcs.yaml');
      expect(stdout).not.toContain('contracts/product.odcs.yaml  the');
      expect(stdout).toContain('There is no contract "product".');
    } finally {
      rmSync(join(project.dir, 'aiworkflow.yaml'));
      rmSync(join(project.dir, 'law'), { recursive: true });
    }
  });

  const wrong = [
    {
      args: ['contract', 'check', 'contracts/no.yaml'],
      says: 'There is no file contracts/no.yaml. [FILE_NOT_FOUND]',
    },
    { args: ['contract', 'chek'], says: "Unknown command 'chek'. [USAGE]\nTry: did you mean check?" },
    {
      args: ['contract', 'check', '--jsn'],
      says: 'did you mean --json? Otherwise: aiworkflow contract check --help',
    },
    { args: ['contract'], says: 'Usage: aiworkflow contract' },
    {
      args: ['contract', 'check', '--against-last'],
      says: 'There is no history to compare with: the project is in no git repository. [USAGE]',
    },
    {
      args: ['contract', 'diff', 'contracts/product.odcs.yaml@1.0.0', 'contracts/product.odcs.yaml'],
      says: 'is not known: the project is in no git repository.',
    },
    {
      args: ['contract', 'diff', 'contracts/product.odcs.yaml', 'contracts/feeds/acme.odcs.yaml'],
      says: 'has the id "product", and contracts/feeds/acme.odcs.yaml the id "acme".',
    },
    {
      args: ['contract', 'diff', 'contracts/product.odcs.yaml', 'contracts/sum.json'],
      says: 'contracts/sum.json is the contract of an answer.',
    },
  ] as const;
  test.each(wrong)('$args', async ({ args, says }) => {
    const { code, stderr } = await cli(...args);
    expect(stderr).toContain(says);
    expect(code).toBe(2);
  });
});

describe('with a history', () => {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: project.dir,
      encoding: 'utf8',
    });
  const commit = (message: string): void => {
    git('add', 'contracts');
    git('commit', '--quiet', '--allow-empty', '-m', message);
  };
  const contract = (...changes: readonly (readonly [string, string])[]): void => {
    project.write(
      'contracts/product.odcs.yaml',
      changes.reduce((text, [old, now]) => text.replace(old, now), product),
    );
  };
  const wider = ['INTEGER', 'BIGINT'] as const;
  const gone = ['name: pieces', 'name: items'] as const;

  beforeAll(() => {
    git('init', '--quiet', '--initial-branch', 'main');
    for (const [path, text] of Object.entries(files)) project.write(path, text);
    commit('first');
    contract(wider, ['version: 1.0.0', 'version: 1.1.0']);
    commit('second');
  });
  afterAll(() => rmSync(join(project.dir, '.git'), { recursive: true, force: true }));

  const changes = [
    {
      name: 'the committed text, against the one before',
      change: [wider, ['version: 1.0.0', 'version: 1.1.0']],
      code: 0,
      says: '✓ contracts/product.odcs.yaml  the contract of a table: product 1.1.0, 1 change since 1.0.0\n  compatible    product_core.product.pieces: the type was INTEGER and is BIGINT',
    },
    {
      name: 'a breaking change with too low a version',
      change: [wider, gone, ['version: 1.0.0', 'version: 1.2.0']],
      code: 2,
      says: 'error contracts/product.odcs.yaml:4:10 Version 1.2.0 is too low: a breaking change since 1.1.0 needs 2.0.0 at least. [DEFINITION_INVALID]\n    Try: write `version: 2.0.0`, or take the change back.\n  breaking      product_core.product.pieces: the column is called items now',
    },
    {
      name: 'a breaking change with its version',
      change: [wider, gone, ['version: 1.0.0', 'version: 2.0.0']],
      code: 0,
      says: '✓ contracts/product.odcs.yaml  the contract of a table: product 2.0.0, 1 change since 1.1.0\n  breaking ',
    },
    {
      name: 'other words under the same version',
      change: [wider, ['version: 1.0.0', 'version: 1.1.0'], ['In stock.', 'In store.']],
      code: 2,
      says: 'Version 1.1.0 is too low: the change since 1.1.0 needs 1.1.1 at least.',
    },
  ] as const;
  test.each(changes)('check --against-last: $name', async ({ change, code, says }) => {
    contract(...change);
    const result = await cli('contract', 'check', 'contracts/product.odcs.yaml', '--against-last');
    expect(result.stdout).toContain(says);
    expect(result.code).toBe(code);
  });

  test('a file without a history is checked without one; JSON carries the comparison', async () => {
    contract(wider, ['version: 1.0.0', 'version: 1.1.0']);
    project.write('contracts/new.odcs.yaml', product.replace('id: product', 'id: new'));
    try {
      const { stdout } = await cli('contract', 'check', '--against-last', '--json');
      const lines = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines.find(({ file }) => file.endsWith('new.odcs.yaml'))).not.toHaveProperty('comparison');
      expect(lines.find(({ id, kind }) => id === 'product' && kind === 'contract')).toMatchObject({
        comparison: { from: '1.0.0', to: '1.1.0', breaking: false, neededVersion: '1.1.0', enough: true },
      });
    } finally {
      rmSync(join(project.dir, 'contracts/new.odcs.yaml'));
    }
  });

  test('check --since: all that a branch has changed together', async () => {
    contract(wider, gone, ['version: 1.0.0', 'version: 1.2.0']);
    const { code, stdout } = await cli(
      'contract',
      'check',
      'contracts/product.odcs.yaml',
      '--since',
      'main~1',
    );
    expect(stdout).toContain('Version 1.2.0 is too low: a breaking change since 1.0.0 needs 2.0.0 at least.');
    expect(code).toBe(2);
    const lost = await cli('contract', 'check', 'contracts/product.odcs.yaml', '--since', 'no-such-branch');
    expect(lost.stderr).toContain('There is no commit "no-such-branch" here.');
    expect(lost.code).toBe(2);
  });

  describe('documents are known by their ids', () => {
    const renamed = 'contracts/products.odcs.yaml';
    const changed = product
      .replace(...wider)
      .replace(...gone)
      .replace('version: 1.0.0', 'version: 1.2.0');
    const told = 'a breaking change since 1.1.0 needs 2.0.0 at least.';
    beforeEach(() => {
      rmSync(join(project.dir, 'contracts/product.odcs.yaml'));
      project.write(renamed, changed);
    });
    afterEach(() => rmSync(join(project.dir, renamed), { force: true }));

    test.each(['--against-last', '--since=main'])('%s: a renamed file has its former text', async (flag) => {
      const { code, stdout } = await cli('contract', 'check', flag);
      expect(stdout).toContain(`${renamed}:4:10 Version 1.2.0 is too low: ${told}`);
      expect(stdout).not.toContain('deleted');
      expect(code).toBe(2);
    });

    test('--against-last: also once the new name is committed', async () => {
      try {
        commit('renamed');
        expect((await cli('contract', 'check', '--against-last')).stdout).toContain(told);
      } finally {
        git('reset', '--quiet', '--hard', 'HEAD~1');
      }
    });

    test.each(['--against-last', '--since=main'])('%s: what is gone is a breaking change', async (flag) => {
      for (const path of [renamed, 'contracts/feeds/acme.mapping.yaml', 'contracts/policies/rounding.yaml'])
        rmSync(join(project.dir, path));
      const { code, stdout } = await cli('contract', 'check', flag);
      expect(stdout).toContain(
        '✗ contracts/product.odcs.yaml  the contract of a table: product 1.1.0, 1 error',
      );
      for (const what of ['the contract of a table "product"', 'a mapping "acme"', 'a policy "rounding"'])
        expect(stdout).toContain(`A breaking change: ${what} was deleted since`);
      expect(code).toBe(2);
      const one = await cli('contract', 'check', 'contracts/feeds/acme.odcs.yaml', flag);
      expect(one.stdout).not.toContain('deleted');
    });

    test('a retired contract may go', async () => {
      try {
        project.write(renamed, product.replace('status: active', 'status: retired'));
        rmSync(join(project.dir, 'contracts/feeds/acme.mapping.yaml'));
        commit('retired');
        rmSync(join(project.dir, renamed));
        const { code, stdout } = await cli('contract', 'check', '--since=main');
        expect(stdout).not.toContain('deleted');
        expect(code).toBe(0);
      } finally {
        git('reset', '--quiet', '--hard', 'HEAD~1');
      }
    });
  });

  const diffs = [
    {
      from: '@1.0.0',
      change: [wider, ['version: 1.0.0', 'version: 1.1.0']],
      code: 0,
      says: '✓ product 1.0.0 -> 1.1.0  1 change, not breaking\n',
    },
    {
      from: '@1.1.0',
      change: [gone, wider, ['version: 1.0.0', 'version: 1.2.0']],
      code: 2,
      says: '✗ product 1.1.0 -> 1.2.0  1 change, breaking: needs version 2.0.0 at least\n',
    },
    {
      from: '@last',
      change: [wider, ['version: 1.0.0', 'version: 1.1.1']],
      code: 0,
      says: '✓ product 1.1.0 -> 1.1.1  nothing but the version has changed\n',
    },
    { from: '@main~1', change: [], code: 0, says: '✓ product 1.0.0 -> 1.0.0  nothing has changed\n' },
  ] as const;
  test.each(diffs)('diff <file>$from <file>', async ({ from, change, code, says }) => {
    contract(...change);
    const file = 'contracts/product.odcs.yaml';
    const result = await cli('contract', 'diff', `${file}${from}`, file);
    expect(result.stdout).toContain(says);
    expect(result.code).toBe(code);
    const json = await cli('contract', 'diff', `${file}${from}`, file, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ id: 'product', enough: code === 0 });
    expect(json.code).toBe(code);
  });

  test('a version that never was, and an option of git in place of one', async () => {
    contract();
    for (const at of ['7.0.0', '--output=x', 'HEAD:x']) {
      const { code, stderr } = await cli(
        'contract',
        'diff',
        `contracts/product.odcs.yaml@${at}`,
        'contracts/product.odcs.yaml',
      );
      expect(stderr).toContain(`No state of contracts/product.odcs.yaml has the version ${at}`);
      expect(code).toBe(2);
    }
    expect(git('status', '--short', '--untracked-files=no').includes('x')).toBe(false);
  });

  test('what is new must be right, what was in force is only compared with', async () => {
    writeFileSync(
      join(project.dir, 'old.odcs.yaml'),
      feedWith(['physicalType: INTEGER', 'physicalType: banana']),
    );
    const better = await cli('contract', 'diff', 'old.odcs.yaml', 'contracts/feeds/acme.odcs.yaml');
    expect(better.stdout).toContain(
      'breaking      product_raw.acme.stock: the type was banana and is INTEGER',
    );
    const worse = await cli('contract', 'diff', 'contracts/feeds/acme.odcs.yaml', 'old.odcs.yaml');
    expect(worse.stderr).toContain(
      'Error: old.odcs.yaml:34:23 acme.stock: "banana" is no column type of the lake.',
    );
    expect(worse.code).toBe(2);
    rmSync(join(project.dir, 'old.odcs.yaml'));
  });
});
