import { expect, test } from 'vitest';
import { resolveParams } from '../../src/definitions/resolve-params.ts';
import type { LoadedWorkflow } from '../../src/domain/loaded-workflow.ts';

const workflow: LoadedWorkflow = {
  id: 'w',
  file: 'workflows/w.yaml',
  params: {
    folder: { type: 'string' },
    rows: { type: 'integer' },
    ratio: { type: 'number', default: 0.5 },
    dry: { type: 'boolean', default: false },
    keys: { type: 'array', default: [] },
    map: { type: 'object', default: {} },
    mode: { type: 'string', enum: ['fast', 'safe'], default: 'safe' },
  },
  servers: {},
  steps: [],
};

test.each([
  [
    { folder: 'data', rows: '5' },
    { folder: 'data', rows: 5 },
  ],
  [
    { folder: '7', rows: '-3', ratio: '1e-3' },
    { folder: '7', rows: -3, ratio: 0.001 },
  ],
  [
    { folder: 'x', rows: 1, dry: 'true', keys: '["a"]', map: '{"a":1}' },
    { dry: true, keys: ['a'], map: { a: 1 } },
  ],
  [
    { folder: '', rows: 0, keys: ['b'], mode: 'fast' },
    { folder: '', rows: 0, keys: ['b'], mode: 'fast' },
  ],
])('%j', (given, expected) => {
  const defaults = { ratio: 0.5, dry: false, keys: [], map: {}, mode: 'safe' };
  expect(resolveParams(workflow, given)).toEqual({ ...defaults, ...given, ...expected });
});

test.each([
  [{}, 'Workflow "w": Missing: folder, rows.'],
  [{ folder: 'x', rows: '5', foldr: 'y' }, 'Workflow "w": There is no param "foldr"; did you mean "folder"?'],
  [{ folder: 'x', rows: 'many' }, 'Param "rows" must be of type integer, not "many".'],
  [{ folder: 'x', rows: '1.5' }, 'Param "rows" must be of type integer, not "1.5".'],
  [{ folder: 'x', rows: '' }, 'Param "rows" must be of type integer, not "".'],
  [{ folder: 'x', rows: '0x10' }, 'must be of type integer'],
  [{ folder: 'x', rows: 1, dry: 'yes' }, 'Param "dry" must be true or false, not "yes".'],
  [{ folder: 'x', rows: 1, keys: 'a,b' }, 'Param "keys" must be JSON of type array, not "a,b".'],
  [{ folder: 'x', rows: 1, keys: '{}' }, 'Param "keys" must be of type array, not "{}".'],
  [{ folder: 'x', rows: 1, mode: 'slow' }, 'Param "mode" must be one of "fast", "safe", not "slow".'],
  [{ folder: 5, rows: 1 }, 'Param "folder" must be of type string, not 5.'],
  [JSON.parse('{"folder":"x","rows":1,"__proto__":1}'), 'There is no param "__proto__".'],
  [
    { rows: 'x', constructor: 1 },
    'Workflow "w": There is no param "constructor". Param "rows" must be of type integer, not "x". Missing: folder.',
  ],
])('%j is refused', (given, message) => {
  expect(() => resolveParams(workflow, given)).toThrow(message);
  expect(() => resolveParams(workflow, given)).toThrow(expect.objectContaining({ code: 'PARAM_INVALID' }));
});
