import { z } from 'zod';
import { keysOf, pathOf } from './json-path.ts';
import type { Source, SourceOptions } from './source.ts';

/** Which records of a file are meant, where a file may hold several kinds of them. */
const filePartSchema = z.strictObject({
  sheet: z.string().optional(),
  /** Where the records are in a document. */
  paths: z.array(z.string()).optional(),
  filter: z.strictObject({ path: z.string(), equals: z.string() }).optional(),
});
export type FilePart = z.infer<typeof filePartSchema>;

/** The part that is read, however the options name it: by default, or by a shorter path. */
export function partOf(
  { format, shape, recordPaths }: Source,
  { record_filter: filter }: SourceOptions,
): FilePart {
  const paths =
    recordPaths ?? (shape.record_path === undefined ? undefined : [pathOf(keysOf(shape.record_path))]);
  return {
    ...(shape.sheet !== undefined && { sheet: shape.sheet }),
    ...(paths && { paths: [...paths] }),
    ...(filter && format !== 'csv' && { filter: { path: filter.path, equals: String(filter.equals) } }),
  };
}

/** What is not known of one of them may be the same. All records are the same as some of them. */
export function haveSameRecords(one: FilePart, other: FilePart): boolean {
  if (one.sheet !== undefined && other.sheet !== undefined && one.sheet !== other.sheet) return false;
  if (one.paths && other.paths && !one.paths.some((path) => other.paths?.includes(path))) return false;
  if (!one.filter || !other.filter) return true;
  return one.filter.path === other.filter.path && one.filter.equals === other.filter.equals;
}

export function printPart(part: FilePart): string {
  return JSON.stringify(part);
}

/** `undefined` for loads of earlier versions, which kept none: what their options say is known. */
export function readPart(part: string | null | undefined, optionsKey: string): FilePart {
  if (part !== null && part !== undefined) return filePartSchema.parse(JSON.parse(part));
  const options = (optionsKey === '' ? {} : JSON.parse(optionsKey)) as SourceOptions;
  const { sheet, record_path, record_element, record_filter: filter } = options;
  const isPath = record_element?.includes('/') === true;
  return {
    ...(sheet !== undefined && { sheet }),
    ...(record_path !== undefined && { paths: [pathOf(keysOf(record_path))] }),
    ...(isPath && { paths: [record_element] }),
    ...(filter && { filter: { path: filter.path, equals: String(filter.equals) } }),
  };
}

/** As a person reads it; empty for a whole file. */
export function partWords({ sheet, paths = [], filter }: FilePart): string {
  const words = [
    ...(sheet === undefined ? [] : [`sheet "${sheet}"`]),
    ...paths.filter((path) => path !== '').map((path) => `"${path}"`),
    ...(filter ? [`${filter.path} = "${filter.equals}"`] : []),
  ];
  return words.join(', ');
}
