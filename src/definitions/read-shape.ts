import type { z } from 'zod';
import type { SourceLocation } from '../domain/source-location.ts';
import { kindInWords, nearest, valueInWords } from '../errors/index.ts';
import { ProblemCollector } from './problems.ts';
import { bestOptionIndex, knownKeys, memberOf, type SchemaNode, schemaAt } from './schema-shape.ts';
import type { YamlFile, YamlPath } from './yaml-file.ts';

interface ReadRequest<Shape> {
  readonly schema: z.ZodType<Shape>;
  readonly yaml: YamlFile;
  /** The part of the file that is read; the whole file when it is left out. */
  readonly path?: YamlPath;
}

/** The file's value as the schema wants it. Throws DefinitionError with every problem, each at its own place. */
export function readShape<Shape>({ schema, yaml, path = [] }: ReadRequest<Shape>): Shape {
  const value = path.reduce<unknown>(memberOf, yaml.value);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = new ProblemCollector();
  const report = createReporter({ schema: schema as unknown as SchemaNode, yaml, value, path }, problems);
  for (const issue of parsed.error.issues) report(issue, []);
  problems.throwIfAny();
  throw parsed.error;
}

type Issue = z.core.$ZodIssue;
type IssuePath = readonly PropertyKey[];

interface Subject {
  readonly schema: SchemaNode;
  readonly yaml: YamlFile;
  readonly value: unknown;
  readonly path: YamlPath;
}

function createReporter(
  subject: Subject,
  problems: ProblemCollector,
): (issue: Issue, base: IssuePath) => void {
  return function report(issue, base) {
    const path = [...base, ...issue.path];
    const branch = issue.code === 'invalid_union' ? unionBranch(subject, issue, path) : [];
    for (const inner of branch) report(inner, path);
    if (branch.length === 0) addIssue(subject, problems, { issue, path });
  };
}

// zod lists the issues of every option; those of the option that was meant are the ones to tell.
function unionBranch(
  subject: Subject,
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: IssuePath,
): readonly Issue[] {
  const options = schemaAt(subject.schema, subject.value, path)?._zod.def.options;
  if (!options) return [];
  const value = path.reduce(memberOf, subject.value);
  const branch = issue.errors[bestOptionIndex(options, value)] ?? [];
  const isOfNoKind = branch.some((inner) => inner.code === 'invalid_type' && inner.path.length === 0);
  return isOfNoKind ? [] : branch;
}

function addUnknownKey(subject: Subject, problems: ProblemCollector, path: IssuePath): void {
  const key = String(path.at(-1));
  const holderPath = path.slice(0, -1);
  const holder = holderPath.reduce(memberOf, subject.value);
  const known = knownKeys(schemaAt(subject.schema, subject.value, holderPath), holder);
  const [near] = nearest(key, known);
  problems.add({
    code: 'DEFINITION_INVALID',
    message: `Unknown key "${key}".`,
    hint: `${near ? `Did you mean "${near}"? ` : ''}Known keys: ${known.join(', ')}.`,
    location: subject.yaml.keyAt(fullPath(subject, path)),
    details: { key, known },
  });
}

function addIssue(
  subject: Subject,
  problems: ProblemCollector,
  { issue, path }: { readonly issue: Issue; readonly path: IssuePath },
): void {
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) addUnknownKey(subject, problems, [...path, key]);
    return;
  }
  const value = path.reduce(memberOf, subject.value);
  const isMissing = value === undefined;
  problems.add({
    code: 'DEFINITION_INVALID',
    ...(isMissing ? missingWords(path) : wordsFor(issue, { name: nameOf(path), value })),
    location: locationOf(subject, path, issue),
  });
}

function locationOf(subject: Subject, path: IssuePath, issue: Issue): SourceLocation {
  const full = fullPath(subject, path);
  return issue.code === 'invalid_key' ? subject.yaml.keyAt(full) : subject.yaml.at(full);
}

function missingWords(path: IssuePath): { message: string; hint: string } {
  const key = String(path.at(-1));
  return { message: `"${key}" is missing.`, hint: `Add \`${key}:\` here.` };
}

interface Named {
  readonly name: string;
  readonly value: unknown;
}

function wordsFor(issue: Issue, { name, value }: Named): { message: string; hint?: string } {
  switch (issue.code) {
    case 'invalid_type':
      return { message: `${name} must be ${kindInWords(issue.expected)}, not ${valueInWords(value)}.` };
    case 'invalid_value':
      return enumWords(issue.values, { name, value });
    case 'invalid_union':
      return { message: `${name} cannot be ${valueInWords(value)}.` };
    case 'too_small':
    case 'too_big':
      return { message: `${name} must be ${sizeWords(issue)}, not ${valueInWords(value)}.` };
    case 'invalid_key':
      return { message: `"${String(issue.path.at(-1))}" cannot be a name here: ${innerMessage(issue)}.` };
    case 'invalid_format':
      return {
        message: `${name} is not valid: ${valueInWords(value)}.`,
        hint: issue.format === 'regex' ? `It has ${issue.message}.` : `It must be a ${issue.format}.`,
      };
    default:
      return { message: `${name} is not valid: ${issue.message}.` };
  }
}

function enumWords(values: readonly unknown[], { name, value }: Named): { message: string; hint?: string } {
  const [near] = nearest(String(value), values.map(String));
  return {
    message: `${name} must be one of ${values.join(', ')}, not ${valueInWords(value)}.`,
    ...(near && { hint: `Did you mean "${near}"?` }),
  };
}

function sizeWords(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  if (issue.code === 'too_big') return `at most ${issue.maximum}`;
  if (issue.origin === 'array') return `a list of at least ${issue.minimum}`;
  return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
}

function innerMessage(issue: Extract<Issue, { code: 'invalid_key' }>): string {
  return issue.issues[0]?.message ?? issue.message;
}

function nameOf(path: IssuePath): string {
  const last = path.at(-1);
  if (last === undefined) return 'The file';
  return typeof last === 'number' ? `Item ${last + 1} of "${String(path.at(-2))}"` : `"${String(last)}"`;
}

function fullPath(subject: Subject, path: IssuePath): YamlPath {
  return [...subject.path, ...path.map((name) => (typeof name === 'symbol' ? name.toString() : name))];
}
