import { expect, test } from 'vitest';
import { withStepModel } from '../../src/definitions/with-step-model.ts';

const write = (text: string, model = 'new:m', stepId = 'b') =>
  withStepModel({ text, file: 'workflows/w.yaml', stepId, model });

test.each<[string, string, string]>([
  [
    'a model is replaced where it stands',
    'steps:\n  - id: a\n    model: old:m\n  - id: b # why\n    model: old:m  # dear\n    prompt: x\n',
    'steps:\n  - id: a\n    model: old:m\n  - id: b # why\n    model: new:m  # dear\n    prompt: x\n',
  ],
  [
    'its quotes stay',
    'steps:\n  - id: b\n    model: \'old:m\'\n    prompt: x\n  - { id: c, model: "old:m", prompt: y }\n',
    'steps:\n  - id: b\n    model: \'new:m\'\n    prompt: x\n  - { id: c, model: "old:m", prompt: y }\n',
  ],
  [
    'a step that inherits it gets a line after its id and its comment',
    'model: old:m\nsteps:\n  - id: b   # the sum\n    # why so\n    prompt: |\n      many\n\n      words\n',
    'model: old:m\nsteps:\n  - id: b   # the sum\n    model: new:m\n    # why so\n    prompt: |\n      many\n\n      words\n',
  ],
  [
    'wherever its id stands',
    'steps:\n- prompt: x\n  id: b\n- id: c\n  prompt: y\n',
    'steps:\n- prompt: x\n  id: b\n  model: new:m\n- id: c\n  prompt: y\n',
  ],
  [
    'at the end of a file without a line feed',
    'steps:\n  - prompt: x\n    id: b',
    'steps:\n  - prompt: x\n    id: b\n    model: new:m',
  ],
  ['in one line', 'steps: [{ id: b, prompt: x }]\n', 'steps: [{ id: b, model: new:m, prompt: x }]\n'],
  [
    'with the line ends that it has',
    'steps:\r\n  - id: b\r\n    prompt: x\r\n',
    'steps:\r\n  - id: b\r\n    model: new:m\r\n    prompt: x\r\n',
  ],
  [
    'beside a model that another step has',
    'steps:\n  - id: a\n    model: old:m\n  - id: "b"\n    prompt: x\n',
    'steps:\n  - id: a\n    model: old:m\n  - id: "b"\n    model: new:m\n    prompt: x\n',
  ],
])('%s', (_, before, after) => {
  expect(write(before)).toBe(after);
});

test.each([
  ['provider:a/b-c:free', 'provider:a/b-c:free'],
  ['desk:model with spaces', '"desk:model with spaces"'],
  ['desk:#1', '"desk:#1"'],
  ['desk:x: y', '"desk:x: y"'],
])('the model %s is written as %s', (model, written) => {
  expect(write('steps:\n  - id: b\n    prompt: x\n', model)).toContain(`model: ${written}\n`);
});

test.each([
  [
    'an anchor that others follow',
    'steps:\n  - id: b\n    model: &m old:m\n    prompt: x\n  - id: c\n    model: *m\n    prompt: y\n',
  ],
  ['a step that is an alias', 'one: &one { id: b, prompt: x }\nsteps:\n  - *one\n'],
  ['a step that is not there', 'steps:\n  - id: a\n    prompt: x\n'],
])('%s is left to a person', (_, text) => {
  expect(() => write(text)).toThrow(/cannot be set without changing something else/);
});
