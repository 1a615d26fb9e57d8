const words: Readonly<Record<string, string>> = { json: 'record', parquet: 'row', xlsx: 'row' };

/** `line 17`; of a file without lines of its own `record 17` or `row 17`. The format is that of the file's name where nobody knows it. */
export function recordPlace(
  line: string | number,
  { file, format }: { file: string; format?: string | undefined },
): string {
  const kind = format ?? /\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  return `${words[kind] ?? 'line'} ${line}`;
}
