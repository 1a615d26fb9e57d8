import { locationOf, pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { quoteList, quoteName, quoteText } from '../quote.ts';
import { duckdbType } from '../schema/duckdb-type.ts';
import { hasNestedColumns } from '../schema/find-field.ts';
import type { Schema } from '../schema/types.ts';
import type { SqlEngine } from '../sql-engine.ts';
import type { Warehouse } from '../warehouse.ts';
import { ownFilePrefix } from '../write/write-data-files.ts';
import { asWritten } from './as-written.ts';
import { checkFiles } from './check-files.ts';
import { type FileShape, readShapes } from './file-shape.ts';
import { type FilePlan, type PlannedFile, type PlanRequest, planFiles } from './plan-files.ts';
import { predicateSql } from './predicate.ts';
import { shapedSelect } from './shaped-select.ts';

export interface ScanRequest extends PlanRequest {
  /** By default all, in the table's order. */
  readonly columns?: readonly string[];
}

export interface Scan {
  readonly plan: FilePlan;
  /** A SELECT with the table's columns and the rows that `where` asks for. */
  readonly sql: string;
}

/** The SQL that reads the table, or a part of it, as it is or was. */
export async function scanTable(warehouse: Warehouse, request: ScanRequest): Promise<Scan> {
  const plan = await planFiles(warehouse, request);
  return { plan, sql: await scanSql(warehouse.engine, { plan, columns: request.columns }) };
}

export async function scanSql(
  engine: SqlEngine,
  { plan, columns }: { plan: FilePlan; columns?: readonly string[] | undefined },
): Promise<string> {
  const wanted = columns ? columns.map((name) => columnOf(plan.schema, name)) : plan.schema.fields;
  const rows = await rowsSql(engine, plan);
  const list = wanted.map((field) => quoteName(field.name)).join(', ');
  const where = plan.where ? ` WHERE ${predicateSql(plan.where)}` : '';
  return `SELECT ${list} FROM (${rows}) AS scanned${where}`;
}

function columnOf(schema: Schema, name: string): Schema['fields'][number] {
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (field) return field;
  throw new IcebergError('NOT_FOUND', `The table has no column "${name}".`);
}

/** All rows of the planned files, and beside the table's columns one that says the file's path. */
export async function rowsWithFileSql(
  engine: SqlEngine,
  plan: FilePlan,
): Promise<{ sql: string; fileColumn: string }> {
  const names = plan.schema.fields.map((field) => field.name.toLowerCase());
  let name = '__file';
  while (names.includes(name)) name += '_';
  const fileColumn = quoteName(name);
  return { sql: await rowsSql(engine, plan, fileColumn), fileColumn };
}

async function rowsSql(engine: SqlEngine, plan: FilePlan, fileColumn?: string): Promise<string> {
  const { schema, files } = plan;
  if (files.length === 0) return emptySql(schema);
  refuseFormats(files);
  checkFiles(plan);
  const [known, foreign] = await splitFiles(engine, plan);
  const selects: string[] = [];
  const [touched, whole] = [known.filter(isTouched), known.filter((planned) => !isTouched(planned))];
  if (whole.length > 0) selects.push(byIdSql(schema, whole));
  if (touched.length > 0) selects.push(withDeletes(byIdSql(schema, touched), touched));
  for (const { shape, group } of foreign) {
    const select = shapedSelect({ schema, shape, group, metadata: plan.state.metadata });
    selects.push(group.some(isTouched) ? withDeletes(select, group) : select);
  }
  return selects.map((select) => renamed(schema, { select, fileColumn })).join(' UNION ALL ');
}

/**
 * Files whose top level can be mapped by column ids, and those that are looked into first: files of other writers, which
 * may lack ids, and all files when structs have changed, because DuckDB maps the fields of a struct by name.
 */
async function splitFiles(
  engine: SqlEngine,
  { schema, files, state }: FilePlan,
): Promise<[readonly PlannedFile[], readonly { shape: FileShape; group: readonly PlannedFile[] }[]]> {
  const isRisky = hasNestedColumns(schema) && state.metadata.schemas.length > 1;
  const isKnown = ({ file }: PlannedFile) =>
    !isRisky && file.location.split('/').at(-1)?.startsWith(ownFilePrefix);
  const known = files.filter(isKnown);
  const others = files.filter((planned) => !isKnown(planned));
  const paths = others.map(({ file }) => pathOf(file.location));
  const shapes = await readShapes(engine, paths);
  const groups = Map.groupBy(others, (planned) => groupKey(shapes, planned));
  const looked = [...groups.values()].map((group) => ({ shape: shapeOf(shapes, group[0]), group }));
  return [known, looked];
}

/** Files of one shape are read together, but a partition's value may stand in for a column that the files lack. */
function groupKey(shapes: ReadonlyMap<string, FileShape>, { file }: PlannedFile): string {
  const partition = file.partition.map((value) =>
    value instanceof Uint8Array ? [...value].join() : String(value),
  );
  return JSON.stringify([shapeOf(shapes, { file, deletes: [] }).key, file.specId, partition]);
}

function shapeOf(shapes: ReadonlyMap<string, FileShape>, planned: PlannedFile | undefined): FileShape {
  const shape = planned && shapes.get(pathOf(planned.file.location));
  if (shape) return shape;
  throw new IcebergError('DAMAGED', `${planned?.file.location} has no Parquet schema.`);
}

/** Columns have names of their own (`c7`) until the end: the table's could be those that DuckDB adds. */
function byIdSql(schema: Schema, files: readonly PlannedFile[]): string {
  const columns = schema.fields.map(
    ({ id, type }) => `${id}: {name: 'c${id}', type: ${quoteText(duckdbType(type))}, default_value: NULL}`,
  );
  const paths = quoteList(files.map(({ file }) => pathOf(file.location)));
  return `SELECT *, filename, file_row_number FROM read_parquet(${paths}, ${asWritten}, schema = MAP {${columns.join(', ')}})`;
}

function withDeletes(select: string, files: readonly PlannedFile[]): string {
  const locations = files.flatMap(({ file }) =>
    namesOf(file.location).map((name) => [name, pathOf(file.location)]),
  );
  const values = locations.map((pair) => `(${pair.map((text) => quoteText(text ?? '')).join(', ')})`);
  const deletes = quoteList([
    ...new Set(files.flatMap((planned) => planned.deletes.map((file) => pathOf(file.location)))),
  ]);
  return `SELECT kept.* FROM (${select}) AS kept ANTI JOIN (
    SELECT names.path, gone.pos FROM read_parquet(${deletes}, ${asWritten}) AS gone
    JOIN (VALUES ${values.join(', ')}) AS names(location, path) ON gone.file_path = names.location
  ) AS gone ON kept.filename = gone.path AND kept.file_row_number = gone.pos`;
}

/** Writers spell the same file with and without its scheme. */
function namesOf(location: string): readonly string[] {
  const path = pathOf(location);
  return [...new Set([location, path, locationOf(path), `file:${path}`])];
}

function renamed(
  schema: Schema,
  { select, fileColumn }: { select: string; fileColumn: string | undefined },
): string {
  const columns = schema.fields.map(({ id, name }) => `c${id} AS ${quoteName(name)}`);
  if (fileColumn !== undefined) columns.push(`filename AS ${fileColumn}`);
  return `(SELECT ${columns.join(', ')} FROM (${select}) AS by_id)`;
}

function emptySql(schema: Schema): string {
  const columns = schema.fields.map(({ name, type }) => `NULL::${duckdbType(type)} AS ${quoteName(name)}`);
  return `SELECT ${columns.join(', ')} WHERE false`;
}

function isTouched(planned: PlannedFile): boolean {
  return planned.deletes.length > 0;
}

function refuseFormats(files: readonly PlannedFile[]): void {
  const other = files.find(({ file }) => file.format.toUpperCase() !== 'PARQUET');
  if (!other) return;
  throw new IcebergError(
    'UNSUPPORTED',
    `${other.file.location} is ${other.file.format}; only Parquet is read here.`,
  );
}
