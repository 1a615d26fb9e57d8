import type { DuckDBInstance } from '@duckdb/node-api';
import { LakeFailure } from '../lake-failure.ts';
import { auditColumns, isRawSchema, schemaOf } from './audit-columns.ts';
import { describeDifference } from './definition-difference.ts';
import {
  createMetadata,
  readDefinition,
  readDefinitions,
  readLoads,
  writeDefinition,
} from './lake-metadata.ts';
import { loadFile } from './load-file.ts';
import { ingestErrorsDefinition } from './load-rejects.ts';
import { type DuckdbSettings, openDuckdb } from './open-duckdb.ts';
import { quoteName, quoteTable } from './quote-sql.ts';
import { toResultRows } from './result-values.ts';
import { openScratch } from './scratch-table.ts';
import { Session } from './statement.ts';
import type { TableDefinition, TableStore } from './table-store.ts';
import { writeMapping } from './write-mapping.ts';

/** Tables in one DuckDB file. */
export async function openDuckdbStore(
  settings: DuckdbSettings & { readonly statementTimeoutMs: number },
): Promise<TableStore> {
  const instance = await openDuckdb(settings);
  const desk = new Desk(instance, settings.statementTimeoutMs);
  await desk.write(async (session) => {
    await createMetadata(session);
    if (!(await readDefinition(session, ingestErrorsDefinition.table))) {
      await makeTable(session, ingestErrorsDefinition);
    }
  });
  return {
    listTables: () => desk.read(readDefinitions),
    findTable: (table) => desk.read((session) => readDefinition(session, table)),
    countRows: (table) => desk.read((session) => session.number(`SELECT count(*) FROM ${quoteTable(table)}`)),
    listLoads: (table) => desk.read((session) => readLoads(session, table)),
    createTable: (definition) => desk.write((session) => createTable(session, definition)),
    load: (request) => desk.write((session) => loadFile(session, request)),
    writeMapping: (request) => desk.write((session) => writeMapping(session, request)),
    query: (sql, parameters) =>
      desk.read(async (session) => toResultRows(await session.read(sql, parameters))),
    scratch: async (columns, batches) => openScratch(await desk.session(), { columns, batches }),
    close: () => instance.closeSync(),
  };
}

/** Hands out connections: any number of readers, one writer after the other, so that no two writes conflict. */
class Desk {
  readonly #instance: DuckDBInstance;
  readonly #timeoutMs: number;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(instance: DuckDBInstance, timeoutMs: number) {
    this.#instance = instance;
    this.#timeoutMs = timeoutMs;
  }

  session(): Promise<Session> {
    return Session.open(this.#instance, this.#timeoutMs);
  }

  async read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.session();
    try {
      return await work(session);
    } finally {
      session.close();
    }
  }

  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const turn = this.#lastWrite.then(() => this.read(work));
    // A failed write is told to its caller; the next writer only waits for its end.
    this.#lastWrite = turn.catch(() => undefined);
    return turn;
  }
}

async function createTable(session: Session, definition: TableDefinition): Promise<'created' | 'exists'> {
  const existing = await readDefinition(session, definition.table);
  if (existing === undefined) {
    await makeTable(session, definition);
    return 'created';
  }
  const differences = describeDifference(existing, definition);
  if (differences.length === 0) return 'exists';
  throw new LakeFailure(
    `The table ${definition.table} exists with another definition: ${differences.join('; ')}.`,
    'use the table as describe_table shows it, or create one with another name.',
  );
}

async function makeTable(session: Session, definition: TableDefinition): Promise<void> {
  const audit = isRawSchema(definition.table) && definition !== ingestErrorsDefinition ? auditColumns : [];
  const columns = [
    ...definition.columns.map(
      ({ name, type, nullable }) => `${quoteName(name)} ${type}${nullable ? '' : ' NOT NULL'}`,
    ),
    ...audit.map(({ name, type }) => `${name} ${type} NOT NULL`),
  ];
  await session.transaction(async () => {
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schemaOf(definition.table))}`);
    await session.run(`CREATE TABLE ${quoteTable(definition.table)} (${columns.join(', ')})`);
    await writeDefinition(session, definition);
  });
}
