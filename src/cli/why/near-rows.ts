import { DefinitionError } from '../../errors/index.ts';
import type { ColumnRule } from '../../lineage/answer.ts';
import {
  currentSchema,
  currentSnapshot,
  IcebergError,
  type Snapshot,
  snapshotAt,
  type TableState,
} from '../../servers/lake/iceberg/index.ts';
import { summaryKeys } from '../../servers/lake/storage/summary-keys.ts';
import { quoted } from '../render/quoted.ts';
import { withPlace } from '../suggested-commands.ts';
import { findRow, type RowKey } from './find-row.ts';
import { type KeyWay, keyItself, keyWayThrough } from './key-way.ts';
import type { LakeReader } from './lake-reader.ts';
import type { Sources } from './question.ts';
import { inputsOf, readStatement } from './read-statement.ts';

interface Place {
  readonly table: string;
  readonly state: TableState;
  readonly snapshot: Snapshot;
  readonly key: RowKey;
}

/** A table on the way back, and how the key is made of its columns. */
type PlaceBehind = Place & { readonly way: KeyWay };

export interface NearRows {
  /** Where a row with the key is, in whole sentences with the command that asks it. */
  readonly words: readonly string[];
  /** The asked table and all behind it, in lower case, and how the key is made of their columns. */
  readonly ways: ReadonlyMap<string, KeyWay>;
}

/** A row that a table does not have may have been left out on the way, or set aside in a table of the same inputs. */
export async function nearRows(
  { lake, place }: Pick<Sources, 'lake' | 'place'>,
  asked: Place,
): Promise<NearRows> {
  const itself = keyItself(Object.keys(asked.key));
  const ways = new Map([[asked.table.toLowerCase(), itself]]);
  const behind = await rowBehind(lake, { asked: { ...asked, way: itself }, ways });
  const beside = await rowBeside(lake, { asked, chain: new Set(ways.keys()) });
  const found = [behind, beside].flatMap((one) => (one ? [wordsOf(one)] : []));
  return { words: found.map((words) => withPlace(words, place)), ways };
}

/** The nearest table behind that has the row, by the names that the mappings give its key's columns there. */
async function rowBehind(
  lake: LakeReader,
  { asked, ways }: { readonly asked: PlaceBehind; readonly ways: Map<string, KeyWay> },
): Promise<Place | undefined> {
  const queue = [asked];
  for (let at = queue.shift(); at; at = queue.shift()) {
    for (const place of await inputPlaces(lake, at)) {
      const name = place.table.toLowerCase();
      if (ways.has(name)) continue;
      ways.set(name, place.way);
      if (await hasRow(lake, place)) return place;
      queue.push(place);
    }
  }
  return undefined;
}

/** Where the key has no name of its own there, its table is only known to be behind. */
async function inputPlaces(lake: LakeReader, at: PlaceBehind): Promise<PlaceBehind[]> {
  const inputs = inputsOf(at.snapshot.summary[summaryKeys.inputs]);
  if (inputs.size === 0) return [];
  const { rules } = await readStatement(lake, at);
  const places: PlaceBehind[] = [];
  for (const [view, snapshotId] of inputs) {
    const read = snapshotId === null ? undefined : await stateOf(lake, view.replace(/@.*$/, ''));
    const snapshot = read && snapshotOrNone(read.state, snapshotId ?? '');
    const key = keyIn(at.key, { view, rules });
    if (!read || !snapshot) continue;
    const way = await keyWayThrough(lake, { way: at.way, view, rules });
    places.push({ ...read, snapshot, key: key ?? {}, way });
  }
  return places;
}

function keyIn(
  key: RowKey,
  { view, rules }: { readonly view: string; readonly rules: readonly ColumnRule[] },
): RowKey | undefined {
  // What the mapping makes of the value may differ: the row there is looked for by the value as it was asked.
  const columns = Object.entries(key).map(([name, value]) => {
    const rule = rules.find(({ column }) => column.toLowerCase() === name.toLowerCase());
    const source = rule?.direct.find(
      ({ table, column }) => table.toLowerCase() === view.toLowerCase() && column !== '*',
    );
    return [source?.column ?? '', value] as const;
  });
  return columns.every(([name]) => name !== '') ? Object.fromEntries(columns) : undefined;
}

/** A table with columns of the same names that was made from what is in the chain, too. */
async function rowBeside(
  lake: LakeReader,
  { asked, chain }: { readonly asked: Place; readonly chain: ReadonlySet<string> },
): Promise<Place | undefined> {
  for (const table of lake.tables()) {
    if (chain.has(table.toLowerCase())) continue;
    const read = await stateOf(lake, table);
    const snapshot = read && currentSnapshot(read.state.metadata);
    if (!read || !snapshot) continue;
    const inputs = inputsOf(snapshot.summary[summaryKeys.inputs]);
    const isBeside = [...inputs.keys()].some((view) => chain.has(view.replace(/@.*$/, '').toLowerCase()));
    const names = currentSchema(read.state.metadata).fields.map(({ name }) => name.toLowerCase());
    const hasColumns = Object.keys(asked.key).every((name) => names.includes(name.toLowerCase()));
    const place = { ...read, snapshot, key: asked.key };
    if (isBeside && hasColumns && (await hasRow(lake, place))) return place;
  }
  return undefined;
}

async function stateOf(lake: LakeReader, text: string): Promise<Pick<Place, 'table' | 'state'> | undefined> {
  const table = lake.tables().find((name) => name.toLowerCase() === text.toLowerCase());
  return table === undefined ? undefined : orNothing(async () => ({ table, state: await lake.state(table) }));
}

function snapshotOrNone({ metadata }: TableState, snapshotId: string): Snapshot | undefined {
  return metadata.snapshots.some((one) => one['snapshot-id'] === snapshotId)
    ? snapshotAt(metadata, { snapshotId })
    : undefined;
}

const hasRow = async (lake: LakeReader, place: Place): Promise<boolean> =>
  Object.keys(place.key).length > 0 && (await orNothing(() => findRow(lake, place))) !== undefined;

/** A table that cannot be read, or whose columns the key does not fit, has no such row to point to. */
async function orNothing<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (IcebergError.is(error) || error instanceof DefinitionError) return undefined;
    throw error;
  }
}

/** Of a table that was written since, the state that has the row. */
function wordsOf({ table, key, state, snapshot }: Place): string {
  const id = snapshot['snapshot-id'];
  const at = currentSnapshot(state.metadata)?.['snapshot-id'] === id ? '' : ` --at ${id}`;
  const keys = Object.entries(key).map(([column, value]) => ` --key ${quoted(`${column}=${value ?? ''}`)}`);
  return `${table} has such a row: aiworkflow why ${quoted(table)}${keys.join('')}${at}`;
}
