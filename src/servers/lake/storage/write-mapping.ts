import { nearest } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { schemaOf } from './audit-columns.ts';
import { readDefinition, writeDefinition } from './lake-metadata.ts';
import { findViolations } from './mapping-violations.ts';
import { quoteName, quoteTable } from './quote-sql.ts';
import { toResultRows } from './result-values.ts';
import type { Session } from './statement.ts';
import type { MappingReport, MappingRequest, ResultColumn, TableDefinition } from './table-store.ts';

/**
 * Writes the result of a SELECT into a curated table, whole or not at all. A table that was declared keeps its
 * columns, types and key: rows that break them fail the call, because a curated table takes no bad rows silently.
 */
export async function writeMapping(session: Session, request: MappingRequest): Promise<MappingReport> {
  return session.transaction(async () => {
    await session.run(`CREATE OR REPLACE TEMP TABLE mapped AS SELECT * FROM (${request.sql}\n)`);
    const mapped = await columnsOfMapped(session);
    const existing = await readDefinition(session, request.target);
    const definition = existing?.declared
      ? existing
      : await deriveTable(session, { request, mapped, existing });
    if (request.mode === 'append' && definition.primary_key.length === 0)
      throw appendNeedsKey(request.target);
    requireSameColumns(definition, mapped);
    await findViolations(session, { definition, mapped, mode: request.mode });
    const written = await replaceRows(session, { definition, mapped, mode: request.mode });
    if (!existing?.declared) await writeDefinition(session, definition);
    return {
      rows_written: written,
      row_count: await session.number(`SELECT count(*) FROM ${quoteTable(request.target)}`),
      columns: definition.columns.map(({ name, type }) => ({ name, type })),
    };
  });
}

async function columnsOfMapped(session: Session): Promise<readonly ResultColumn[]> {
  const { columns } = toResultRows(await session.read('SELECT * FROM mapped LIMIT 0'));
  const odd = columns
    .filter(({ name }) => !/^[A-Za-z][A-Za-z0-9_]*$/.test(name))
    .map(({ name }) => `"${name}"`);
  if (odd.length > 0) {
    throw new LakeFailure(
      `Columns of the result have no plain name: ${odd.join(', ')}.`,
      'name each with AS, e.g. upper(sku) AS sku.',
    );
  }
  return columns;
}

/** A table that nobody declared takes the columns of the SQL. */
async function deriveTable(
  session: Session,
  {
    request,
    mapped,
    existing,
  }: {
    request: MappingRequest;
    mapped: readonly ResultColumn[];
    existing: TableDefinition | undefined;
  },
): Promise<TableDefinition> {
  const { target, mode } = request;
  const description = request.description ?? existing?.description;
  if (mode === 'append') throw appendNeedsKey(target);
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schemaOf(target))}`);
  await session.run(`CREATE OR REPLACE TABLE ${quoteTable(target)} AS SELECT * FROM mapped LIMIT 0`);
  return {
    table: target,
    columns: mapped.map(({ name, type }) => ({ name, type, nullable: true })),
    primary_key: [],
    partitioned_by: [],
    description,
    declared: false,
  };
}

/** Without a key, a call that is repeated after a crash would double the rows. */
function appendNeedsKey(target: string): LakeFailure {
  return new LakeFailure(
    `${target} has no primary key: append could store the same rows twice.`,
    'use mode overwrite, or make the table with create_table and a primary_key first.',
  );
}

function requireSameColumns(definition: TableDefinition, mapped: readonly ResultColumn[]): void {
  const known = definition.columns.map(({ name }) => name);
  const given = new Set(mapped.map(({ name }) => name));
  const unknown = mapped
    .filter(({ name }) => !known.includes(name))
    .map(({ name }) => describeUnknown(name, known));
  const missing = definition.columns.filter(({ name, nullable }) => !nullable && !given.has(name));
  const wrong = [
    ...unknown,
    ...missing.map(({ name }) => `"${name}" must not be null and the SQL does not give it`),
  ];
  if (wrong.length === 0) return;
  throw new LakeFailure(
    `The SQL does not fit ${definition.table}: ${wrong.join('; ')}.`,
    `select these columns by name: ${known.join(', ')}.`,
  );
}

function describeUnknown(name: string, known: readonly string[]): string {
  const near = nearest(name, known)[0];
  return `the table has no column "${name}"${near ? ` (nearest: "${near}")` : ''}`;
}

async function replaceRows(
  session: Session,
  {
    definition,
    mapped,
    mode,
  }: { definition: TableDefinition; mapped: readonly ResultColumn[]; mode: MappingRequest['mode'] },
): Promise<number> {
  const table = quoteTable(definition.table);
  if (mode === 'overwrite') await session.run(`DELETE FROM ${table}`);
  const given = new Set(mapped.map(({ name }) => name));
  const filled = definition.columns.filter(({ name }) => given.has(name));
  const names = filled.map(({ name }) => quoteName(name));
  const values = filled.map(({ name, type }) => `CAST(${quoteName(name)} AS ${type})`);
  await session.run(`INSERT INTO ${table} (${names.join(', ')}) SELECT ${values.join(', ')} FROM mapped`);
  return session.number('SELECT count(*) FROM mapped');
}
