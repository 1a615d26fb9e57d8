import { z } from 'zod';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import type { Json } from '../../../domain/json.ts';
import { computeAsk } from '../compute/compute-size.ts';
import { castRulesOf, rejectedShare } from '../drift/expected-feed.ts';
import { judgeLoad } from '../drift/judge-load.ts';
import { openAgreed } from '../drift/judge-source.ts';
import {
  type FastCsvFile,
  type FastCsvReading,
  fastChunkBytes,
  smallestFastBytes,
} from '../fast-csv/fast-csv.ts';
import { readFastCsv } from '../fast-csv/read-fast-csv.ts';
import { LakeFailure } from '../lake-failure.ts';
import type { QualityRule } from '../quality/rule.ts';
import { withCellFaults } from '../sources/cell-faults.ts';
import { encodingNotes } from '../sources/encoding-notes.ts';
import { fileState } from '../sources/file-facts.ts';
import { partOf } from '../sources/file-part.ts';
import { encodings, type Reading, type Source, type SourceOptions } from '../sources/source.ts';
import { ingestErrorsTable, isRawSchema } from '../storage/audit-columns.ts';
import type { FastCsvRecords } from '../storage/table-store.ts';
import { computeAnswer, grantedCompute } from './compute-answer.ts';
import { contractReference } from './document-ref.ts';
import { matchColumns } from './match-columns.ts';
import { auditResult, rulesToKeep, shownAudit } from './quality-answer.ts';
import { filePath, ingestOptions } from './source-options.ts';
import { requireTable, tableName } from './table-name.ts';
import { defineLakeTool, writesOnce } from './tool-definition.ts';

const output = z.object({
  file: z.string(),
  table: z.string(),
  sha256: z.string(),
  encoding: z.enum(encodings).optional().describe('that the file was read in, given or detected'),
  rows_read: z.int().describe('records in the file'),
  rows_loaded: z.int(),
  rows_rejected: z
    .int()
    .describe('rows_read - rows_loaded, each with its raw row in product_raw.ingest_errors'),
  rejects_by_reason: z.array(z.object({ reason: z.string(), column: z.string().nullable(), rows: z.int() })),
  sample_rejects: z.array(
    z.object({
      line: z.int(),
      column: z.string().nullable(),
      reason: z.string(),
      detail: z.string().nullable(),
      raw_row: z.string(),
    }),
  ),
  unmapped_source_columns: z.array(z.string()).describe('in the file and not in the table'),
  already_ingested: z
    .boolean()
    .describe('this content was loaded before with the same options; nothing was done'),
  replaced_previous_load: z
    .boolean()
    .describe('this content was loaded before with other options; that load was undone'),
  quality: z.array(auditResult).optional().describe('with rules: what each has found in the new rows'),
  compute: computeAnswer.optional(),
  notes: z.array(z.string()).optional().describe('doubts about the encoding'),
});

export const ingest = defineLakeTool({
  name: 'ingest',
  title: 'Load a file into a bronze table',
  description:
    'Loads every record of a file into a table of a *_raw schema, typed as the table declares. Records that do not fit go to product_raw.ingest_errors with line, column, reason and raw row; rows_read = rows_loaded + rows_rejected always holds. The same file content is never loaded twice: again with the same options it does nothing, with other options it replaces its earlier load. If many rows are rejected for one reason, mend the options (decimal_separator, null_values, date_format, columns) and call again. With a contract the load stops, and nothing is kept, when the file does not fit it: then call diff_schema.',
  input: z.strictObject({
    path: filePath,
    table: tableName,
    vendor_name: z.string().min(1).max(200),
    options: ingestOptions.optional(),
    contract: contractReference.optional(),
    max_rejected_share: rejectedShare.optional(),
    rules: rulesToKeep.optional(),
    compute: computeAsk.optional(),
    force: z
      .boolean()
      .optional()
      .describe('load again what was loaded with the same options; its earlier rows go'),
  }),
  output,
  annotations: writesOnce,
  run: async (lake, { path, table, vendor_name, options = {}, force, ...given }, { origin }) => {
    const definition = await requireTable(lake, table);
    if (!isRawSchema(table) || table === ingestErrorsTable) {
      throw new LakeFailure(
        `${table} is not filled by ingest.`,
        'ingest into a table of a schema that ends with _raw.',
      );
    }
    const { columns: mapping = {}, ...reading } = options;
    const contract = given.contract ?? definition.contract;
    const { source, matched } = await openAgreed(
      { absolute: lake.roots.resolve(path), path },
      { options: reading, contract, match: (source) => matchColumns({ definition, source, mapping }) },
    );
    const sized = grantedCompute(lake, given.compute);
    const notes = encodingNotes(source, reading);
    const opened = openReading(source, matched.sources);
    const report = await lake.store.load({
      definition,
      file: path,
      sha256: source.facts.sha256,
      vendorName: vendor_name,
      optionsKey: loadKey(options, { source, isDoubtful: notes.length > 0, rules: given.rules }),
      part: partOf(source, reading),
      force,
      contract,
      origin,
      casts: castRulesOf(reading),
      batches: withCellFaults(opened.batches, definition.columns),
      fastCsv: opened.fastCsv,
      verify: () => verifyComplete(source, { reading: opened, file: lake.roots.resolve(path) }),
      judge:
        contract === undefined
          ? undefined
          : (tally) => judgeLoad(tally, { contract, maxRejectedShare: given.max_rejected_share }),
      rules: given.rules,
      compute: sized?.granted,
    });
    const { quality, ...counts } = report;
    return {
      ...counts,
      table,
      sha256: report.sha256.slice(0, 16),
      ...(source.shape.encoding && { encoding: source.shape.encoding }),
      rejects_by_reason: [...report.rejects_by_reason],
      sample_rejects: [...report.sample_rejects],
      unmapped_source_columns: matched.unmapped,
      ...(quality && { quality: quality.map(shownAudit) }),
      ...(sized && { compute: sized.answer }),
      ...(notes.length > 0 && { notes }),
    };
  },
});

/**
 * Where the bytes speak for two encodings, the one that was taken is part of the key: a lake that was filled under
 * another rule would otherwise keep its garbled rows and call them ingested.
 */
function loadKey(
  options: SourceOptions,
  {
    source,
    isDoubtful,
    rules,
  }: { source: Source; isDoubtful: boolean; rules: readonly QualityRule[] | undefined },
): string {
  const { encoding } = source.shape;
  const key = { ...options, ...(isDoubtful && { encoding }), ...(rules && { rules }) };
  return canonicalJson(key as Json);
}

interface OpenedReading extends Reading {
  readonly fastCsv: FastCsvRecords | undefined;
}

/** Both ways to read the file; units are those of the way that was taken. */
function openReading(source: Source, wanted: readonly string[]): OpenedReading {
  const reading = source.read(wanted);
  const file = source.facts.bytes < smallestFastBytes ? undefined : source.fastCsv?.(wanted);
  let fast: FastCsvReading | undefined;
  const open = (folder: string) => {
    fast = readFastCsv(file as FastCsvFile, { folder, chunkBytes: fastChunkBytes });
    return fast.chunks;
  };
  const readAgain = (lines: readonly number[]) => fast?.readAgain(lines) ?? [];
  return {
    batches: reading.batches,
    unitsRead: () => (fast ?? reading).unitsRead(),
    fastCsv: file && { width: file.width, fields: file.fields, open, readAgain },
  };
}

/** The file is counted once more, by other means than it was read. */
async function verifyComplete(
  source: Source,
  { reading, file }: { reading: Reading; file: string },
): Promise<void> {
  // As many lines do not make the same content: rows would stand under the hash of another.
  if ((await fileState(file)) !== source.facts.state) {
    throw new LakeFailure(
      'The file changed while it was read. Nothing was kept.',
      'call again when nobody writes to it.',
    );
  }
  const counted = await source.countUnits();
  if (counted === reading.unitsRead()) return;
  throw new LakeFailure(
    `The load does not reconcile: the file holds ${counted} units and ${reading.unitsRead()} were read. Nothing was kept.`,
    'the file may have changed while it was read: call again. If it stays so, the file is damaged or its dialect is another one.',
  );
}
