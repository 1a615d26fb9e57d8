import { z } from 'zod';
import { dirtNotes } from '../sources/dirt-notes.ts';
import { encodingNotes } from '../sources/encoding-notes.ts';
import { guessDateFormats } from '../sources/guess-date-format.ts';
import { openSource } from '../sources/open-source.ts';
import { isNullMarker, type SniffedColumn, sniffColumn } from '../sources/sniff-type.ts';
import { encodings, fileFormats, type Source, type SourceOptions } from '../sources/source.ts';
import { type Survey, surveySource } from '../sources/survey-source.ts';
import { cutText } from './fit-rows.ts';
import { filePath, sourceOptions } from './source-options.ts';
import { defineLakeTool, reads } from './tool-definition.ts';

const output = z.object({
  path: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  format: z.enum(fileFormats),
  encoding: z.enum(encodings).optional(),
  dialect: z
    .object({
      delimiter: z.string(),
      quote: z.string(),
      escape: z.string().optional(),
      comment: z.string().optional(),
      trim_quotes: z.literal(true).optional(),
      record_separator: z.string().optional(),
      header: z.boolean(),
      skip_lines: z.int(),
    })
    .optional(),
  sheets: z.array(z.string()).optional(),
  sheet: z.string().optional(),
  record_path: z.string().optional(),
  record_element: z.string().optional(),
  columns: z.array(
    z.object({ name: z.string(), type: z.string(), nullable: z.boolean(), samples: z.array(z.string()) }),
  ),
  column_count: z.int(),
  head: z.array(z.record(z.string(), z.string().nullable())),
  record_count: z.int().optional().describe('records of the file; left out when it is large'),
  notes: z.array(z.string()).describe('dirt that was seen'),
  suggested_options: z.record(z.string(), z.unknown()).describe('options to hand to ingest'),
});

export const inspectFile = defineLakeTool({
  name: 'inspect_file',
  title: 'Look at a file',
  description:
    'Shows what a file is: format, encoding, dialect, columns (nested fields as paths such as dimensions.width, XML attributes as @id) with a suggested type and samples, its first rows, notes on dirt, and suggested_options for ingest. Never the whole file. Types are a guess from samples: the table decides. Call it for each file before writing its contract.',
  input: z.strictObject({
    path: filePath,
    rows: z.int().min(0).max(50).optional().describe('rows of the head, default 10'),
    options: sourceOptions.optional(),
  }),
  output,
  annotations: reads,
  run: async ({ roots }, { path, rows = 10, options = {} }) => {
    const source = await openSource({ absolute: roots.resolve(path), path }, options);
    const survey = await surveySource(source, rows);
    const sniffed = survey.values.map((values) => sniffColumn(values.map((value) => value.trim())));
    return {
      path,
      bytes: source.facts.bytes,
      sha256: source.facts.sha256.slice(0, 16),
      format: source.format,
      ...source.shape,
      sheets: source.shape.sheets && [...source.shape.sheets],
      columns: describeColumns(survey, sniffed),
      column_count: source.columns.length,
      head: headOf(survey),
      ...(survey.complete && { record_count: survey.records }),
      notes: [
        ...encodingNotes(source, options),
        ...dirtNotes(source, { survey, sniffed }),
        ...ambiguityNotes(survey),
      ],
      suggested_options: suggestOptions(source, { survey, sniffed, options }),
    };
  },
});

const sampleChars = 60;
const headChars = 120;
const headColumns = 60;
const mostHeadBytes = 16 * 1024;

function describeColumns(survey: Survey, sniffed: readonly SniffedColumn[]) {
  const faulty = [...survey.faults.values()].reduce((sum, { count }) => sum + count, 0);
  return survey.columns.map((name, index) => {
    const values = survey.values[index] ?? [];
    const real = values.filter((value) => !isNullMarker(value.trim()));
    return {
      name: cutText(name, 200),
      type: sniffed[index]?.type ?? 'VARCHAR',
      nullable: real.length < Math.min(survey.records, 5000) - faulty,
      samples: [...new Set(real)].slice(0, 3).map((value) => cutText(value, sampleChars)),
    };
  });
}

function headOf(survey: Survey): Record<string, string | null>[] {
  const head: Record<string, string | null>[] = [];
  let bytes = 0;
  for (const { cells } of survey.head) {
    const names = survey.columns.slice(0, headColumns);
    const row = Object.fromEntries(
      names.map((name, index) => [name, cells[index] == null ? null : cutText(cells[index], headChars)]),
    );
    bytes += JSON.stringify(row).length;
    if (bytes > mostHeadBytes && head.length > 0) break;
    head.push(row);
  }
  return head;
}

function suggestOptions(
  source: Source,
  { survey, sniffed, options }: { survey: Survey; sniffed: readonly SniffedColumn[]; options: SourceOptions },
): Record<string, unknown> {
  const { encoding, dialect, sheet, record_path, record_element } = source.shape;
  const hasCommas = sniffed.some(
    ({ kinds }) => (kinds.get('decimal_comma') ?? 0) > (kinds.get('decimal') ?? 0),
  );
  const markers = [...new Set(sniffed.flatMap(({ nullMarkers }) => nullMarkers))].sort();
  const dates = guessDateFormats(localDates(survey)).formats;
  const hasIsoDates = sniffed.some(({ kinds }) => kinds.has('date') || kinds.has('timestamp'));
  const formats = dates.length > 0 && hasIsoDates ? [...dates, '%Y-%m-%d', '%Y-%m-%d %H:%M:%S'] : dates;
  return {
    format: source.format,
    ...(encoding && { encoding }),
    ...dialect,
    ...(sheet !== undefined && { sheet }),
    ...(record_path !== undefined && { record_path }),
    ...(record_element !== undefined && { record_element }),
    ...(hasCommas && { decimal_separator: ',' }),
    ...(markers.length > 0 && { null_values: markers }),
    ...(formats.length > 0 && { date_format: formats.length === 1 ? formats[0] : formats }),
    ...options,
  };
}

function localDates(survey: Survey): string[] {
  return survey.values.flatMap((values) => values.map((value) => value.trim()));
}

function ambiguityNotes(survey: Survey): string[] {
  const { ambiguous } = guessDateFormats(localDates(survey));
  return ambiguous
    ? ['dates with slashes or hyphens: day and month cannot be told apart; ask the vendor']
    : [];
}
