import type { z } from 'zod';
import { kindInWords, nearest, valueInWords } from '../errors/index.ts';
import { knownKeys, memberOf, type SchemaNode } from './known-keys.ts';
import type { Problem } from './problem.ts';
import type { DocumentPath, YamlDocument } from './yaml-document.ts';

type Issue = z.core.$ZodIssue;
type IssuePath = readonly PropertyKey[];

interface Words {
  readonly message: string;
  readonly hint?: string;
}

/** What a schema finds wrong with a document, each at its own place, with the nearest name for one that is unknown. */
export function shapeProblems(
  document: YamlDocument,
  { schema, issues }: { readonly schema: z.ZodType; readonly issues: readonly Issue[] },
): Problem[] {
  return issues
    .flatMap((issue) => innermost(issue))
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(document, schema as unknown as SchemaNode, [...issue.path, key]))
        : [problemOf(document, issue)],
    );
}

/** zod lists the issues of every option of a union; those of the option that was meant are the ones to tell. */
function innermost(issue: Issue, base: IssuePath = []): Issue[] {
  const path = [...base, ...issue.path];
  if (issue.code !== 'invalid_union') return [{ ...issue, path }];
  const meant = issue.errors
    .filter((option) => !option.some((inner) => inner.path.length === 0 && isOfNoKind(inner)))
    .sort((a, b) => a.length - b.length)[0];
  return meant === undefined || meant.length === 0
    ? [{ ...issue, path }]
    : meant.flatMap((inner) => innermost(inner, path));
}

const isOfNoKind = ({ code }: Issue): boolean => code === 'invalid_type' || code === 'invalid_value';

function unknownKey(document: YamlDocument, schema: SchemaNode, path: IssuePath): Problem {
  const key = String(path.at(-1));
  const known = knownKeys(schema, document.value, path.slice(0, -1));
  const [near] = nearest(key, known);
  const place = placeOf(path);
  return {
    code: 'DEFINITION_INVALID',
    message: `${prefix(document.value, path.slice(0, -1))}unknown key "${key}".`,
    hint: `${near === undefined ? '' : `did you mean "${near}"? `}Known keys: ${known.join(', ')}.`,
    location: document.keyAt(place),
    path: place.join('.'),
  };
}

function problemOf(document: YamlDocument, issue: Issue): Problem {
  const value = issue.path.reduce(memberOf, document.value);
  const key = String(issue.path.at(-1) ?? 'the file');
  const words =
    value === undefined && issue.path.length > 0 ? missing(issue, key) : wordsFor(issue, { key, value });
  return {
    code: 'DEFINITION_INVALID',
    ...words,
    message: prefix(document.value, issue.path.slice(0, -1)) + words.message,
    location: isAboutKey(issue) ? document.keyAt(placeOf(issue.path)) : document.at(placeOf(issue.path)),
    path: placeOf(issue.path).join('.'),
  };
}

function missing(issue: Issue, key: string): Words {
  return issue.code === 'custom'
    ? { message: `${issue.message}.`, ...hintOf(issue) }
    : { message: `"${key}" is missing.`, hint: `add \`${key}:\` here.` };
}

function wordsFor(issue: Issue, { key, value }: { readonly key: string; readonly value: unknown }): Words {
  switch (issue.code) {
    case 'custom':
      return { message: `${issue.message}.`, ...hintOf(issue) };
    case 'invalid_type':
      return {
        message: `"${key}" must be ${kindInWords(issue.expected)}, not ${valueInWords(value)}.`,
        ...numberedVersion(issue, { key, value }),
      };
    case 'invalid_value':
      return oneOf(issue.values, { key, value });
    case 'invalid_union':
      return optionWords(issue, { key, value });
    case 'invalid_format':
      return {
        message: `"${key}" is not valid: ${valueInWords(value)}.`,
        hint: `it has to be: ${issue.message}.`,
      };
    case 'too_small':
      return { message: `"${key}" must have or be at least ${issue.minimum}, not ${valueInWords(value)}.` };
    case 'too_big':
      return { message: `"${key}" must have or be at most ${issue.maximum}, not ${valueInWords(value)}.` };
    default:
      return { message: `"${key}" is not valid: ${issue.message}.` };
  }
}

/** YAML reads `version: 1.0` as the number 1. */
const numberedVersion = (
  { path }: Issue,
  { key, value }: { readonly key: string; readonly value: unknown },
): { hint?: string } =>
  key === 'version' && path.length === 1 && typeof value === 'number'
    ? { hint: `quote it and give three numbers: "${threeNumbers(value)}".` }
    : {};

const threeNumbers = (value: number): string =>
  /^\d+(\.\d+)?$/.test(String(value)) ? `${value}${Number.isInteger(value) ? '.0.0' : '.0'}` : '1.0.0';

/** A map whose kind is told by one of its fields, and the field says none that there is. */
function optionWords(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  { key, value }: { readonly key: string; readonly value: unknown },
): Words {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
  return options.length > 0
    ? oneOf(options, { key, value })
    : { message: `"${key}" cannot be ${valueInWords(value)}.` };
}

function oneOf(
  values: readonly unknown[],
  { key, value }: { readonly key: string; readonly value: unknown },
): Words {
  const [near] = nearest(String(value), values.map(String));
  return {
    message: `"${key}" must be ${values.length === 1 ? '' : 'one of '}${values.join(', ')}, not ${valueInWords(value)}.`,
    ...(near !== undefined && { hint: `did you mean "${near}"?` }),
  };
}

const isAboutKey = (issue: Issue): boolean => issue.code === 'custom' && issue.params?.['onKey'] === true;

function hintOf(issue: Extract<Issue, { code: 'custom' }>): { hint?: string } {
  const hint: unknown = issue.params?.['hint'];
  return typeof hint === 'string' ? { hint } : {};
}

/** `schema.0.properties.13` -> `product.price: `: by the names that the items of lists have. */
function prefix(document: unknown, path: IssuePath): string {
  const parts: string[] = [];
  let value = document;
  for (const [index, name] of path.entries()) {
    value = memberOf(value, name);
    if (name === 'value' && path[index - 2] === 'customProperties') continue;
    if (typeof name !== 'number') parts.push(String(name));
    else parts.splice(-1, 1, itemName(value) ?? `${parts.at(-1) ?? ''}[${name + 1}]`);
  }
  return parts.length === 0 ? '' : `${parts.join('.')}: `;
}

function itemName(item: unknown): string | undefined {
  const names = ['name', 'property', 'column', 'id', 'server'].map((key) => memberOf(item, key));
  return names.find((name) => typeof name === 'string');
}

const placeOf = (path: IssuePath): DocumentPath =>
  path.map((name) => (typeof name === 'symbol' ? name.toString() : name));
