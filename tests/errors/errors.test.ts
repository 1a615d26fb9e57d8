import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  AiworkflowError,
  errorCatalogue,
  errorOfRecord,
  exitCodeOf,
  failureRecord,
  ModelError,
  nearest,
  renderError,
} from '../../src/errors/index.ts';

const location = { file: 'workflows/triage.yaml', line: 6, column: 12 };

describe('an error', () => {
  const error = new AiworkflowError({
    code: 'TOOL_UNKNOWN',
    message: 'No such tool.',
    hint: 'use another.',
    location,
  });

  test('prints what is wrong, where, and what to do, once', () => {
    expect(renderError(error)).toBe(
      'Error: workflows/triage.yaml:6:12 No such tool. [TOOL_UNKNOWN]\nTry: use another.',
    );
    expect(exitCodeOf(error)).toBe(2);
  });

  test.each<[code: 'PARAM_INVALID' | 'LIMIT_REACHED' | 'INTERRUPTED', alone: number, ofRun: number]>([
    ['PARAM_INVALID', 2, 1],
    ['LIMIT_REACHED', 3, 3],
    ['INTERRUPTED', 130, 130],
  ])(
    '%s exits with %d, and with %d when it ended a run: 2 says that nothing was run',
    (code, alone, ofRun) => {
      const ended = new AiworkflowError({ code, message: 'It is wrong.' });
      expect(exitCodeOf(ended)).toBe(alone);
      ended.runId = 'run-1';
      expect(exitCodeOf(ended)).toBe(ofRun);
    },
  );

  test('of a foreign kind keeps its stack, because it is a defect', () => {
    expect(renderError(new TypeError('oops'))).toMatch(/TypeError: oops\n\s+at /);
    expect(exitCodeOf(new TypeError('oops'))).toBe(1);
  });

  test('is recognised across copies of the package', () => {
    expect(AiworkflowError.is(error)).toBe(true);
    expect(AiworkflowError.is(new Error('x'))).toBe(false);
    expect(AiworkflowError.is(null)).toBe(false);
  });

  test('comes back from the log as what it was', () => {
    const overloaded = new ModelError({ code: 'MODEL_OVERLOADED', message: 'Busy.', retryable: true });
    const revived = errorOfRecord(failureRecord(overloaded));
    expect(revived).toBeInstanceOf(ModelError);
    expect(revived).toMatchObject({ code: 'MODEL_OVERLOADED', message: 'Busy.', retryable: true });
  });

  test('of an unknown code in the log is UNEXPECTED', () => {
    expect(errorOfRecord({ code: 'constructor', message: 'x' }).code).toBe('UNEXPECTED');
  });
});

test.each([
  ['serch', ['reach', 'fetch', 'search', 'starch', 'unrelated'], ['search', 'fetch', 'reach']],
  ['totally', ['search'], []],
])('nearest(%s) of %j is %j', (wanted, names, expected) => {
  expect(nearest(wanted, names)).toEqual(expected);
});

test('every code of the catalogue is used, and every code used is in it', () => {
  const text = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path !== 'errors/catalogue.ts')
    .map((path) => readFileSync(`src/${path}`, 'utf8'))
    .join('\n');
  const bin = readFileSync('bin/aiworkflow.mjs', 'utf8');
  const unused = Object.keys(errorCatalogue).filter((code) => !`${text}${bin}`.includes(code));
  expect(unused).toEqual([]);
});
