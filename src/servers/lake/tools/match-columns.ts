import { nearest } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import type { Source } from '../sources/source.ts';
import type { TableDefinition } from '../storage/table-store.ts';

/** A name that no file has: the column stays null. */
const noSource = '\0none';

/**
 * Finds the source of each table column: what the mapping says, else the source column of the same name, however it is
 * written (`Artikel-Nr.` is `artikel_nr`), else, without a header, the column at the same place.
 */
export function matchColumns({
  definition,
  source,
  mapping,
}: {
  definition: TableDefinition;
  source: Source;
  mapping: Readonly<Record<string, string | null>>;
}): { readonly sources: readonly string[]; readonly unmapped: string[] } {
  requireTableColumns(definition, mapping);
  const positional = matchesByPlace(definition, source, mapping);
  const sources: string[] = [];
  const without: string[] = [];
  definition.columns.forEach(({ name }, index) => {
    const found = Object.hasOwn(mapping, name)
      ? explicitSource(source, mapping[name] ?? null)
      : positional
        ? source.columns[index]
        : sourceByName(source, name);
    if (found === undefined) without.push(name);
    sources.push(found ?? noSource);
  });
  if (without.length > 0) throw noSources(without, source);
  const used = new Set(sources);
  return { sources, unmapped: source.columns.filter((name) => !used.has(name)).slice(0, 100) };
}

function requireTableColumns(
  definition: TableDefinition,
  mapping: Readonly<Record<string, string | null>>,
): void {
  const names = definition.columns.map(({ name }) => name);
  const unknown = Object.keys(mapping).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, names)[0];
  throw new LakeFailure(
    `options.columns names "${unknown}", which is no column of ${definition.table}.`,
    near
      ? `did you mean "${near}"? The table column comes first, its source second.`
      : `the table has ${names.join(', ')}.`,
  );
}

function matchesByPlace(
  definition: TableDefinition,
  source: Source,
  mapping: Readonly<Record<string, string | null>>,
): boolean {
  const isHeaderless = source.format === 'csv' && source.shape.dialect?.header === false;
  if (!isHeaderless || Object.keys(mapping).length > 0) return false;
  const expected = definition.columns.length;
  const found = source.columns.length;
  if (expected === found) return true;
  throw new LakeFailure(
    `The file has no header and ${found} columns; ${definition.table} has ${expected}.`,
    'map them: options.columns {"sku": "column3", …}, with null for a table column that the file does not have; or set header: true if the first line is one.',
  );
}

function explicitSource(source: Source, wanted: string | null): string | undefined {
  if (wanted === null) return noSource;
  if (source.columns.includes(wanted)) return wanted;
  const similar = sourceByName(source, wanted);
  if (similar !== undefined) return similar;
  const isPath = source.format !== 'csv' && source.format !== 'xlsx';
  if (isPath && (isInside(source.columns, wanted) || !source.columnsComplete)) return wanted;
  const near = nearest(wanted, source.columns)[0];
  throw new LakeFailure(
    `The file has no column "${wanted}".`,
    `${near ? `did you mean "${near}"? ` : ''}It has: ${shown(source.columns)}.`,
  );
}

/** An object that holds columns, a part of a column, or a member of a list where this file may have one value, and no list. */
export function isInside(columns: readonly string[], wanted: string): boolean {
  const ways = [wanted, wanted.replace(/\.\d+(?=\.|$)/g, '')];
  const leads = (known: string, way: string) =>
    known === way || known.startsWith(`${way}.`) || way.startsWith(`${known}.`);
  return columns.some((known) => ways.some((way) => leads(known, way)));
}

function sourceByName(source: Source, name: string): string | undefined {
  if (source.columns.includes(name)) return name;
  const plain = plainName(name);
  const same = source.columns.filter((known) => plainName(known) === plain);
  return same.length === 1 ? same[0] : undefined;
}

/** `Größe (cm)` -> `groesse_cm`, as people name columns of tables after columns of files. */
export function plainName(name: string): string {
  const spelled = name
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .replaceAll('Ä', 'Ae')
    .replaceAll('Ö', 'Oe')
    .replaceAll('Ü', 'Ue')
    .replaceAll('ß', 'ss');
  return spelled
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

function noSources(names: readonly string[], source: Source): LakeFailure {
  if (source.columns.length === 0) {
    return new LakeFailure(
      'No column was found in the file: none of its records holds named values, or all of them are too large to be read.',
      'call inspect_file, whose notes say what the records are; if they are elsewhere in the file, name the place in options.record_path, record_element or sheet.',
    );
  }
  return new LakeFailure(
    `No source for ${names.map((name) => `"${name}"`).join(', ')}. The file has: ${shown(source.columns)}.`,
    'name the sources in options.columns, e.g. {"width_cm": "dimensions.width"}; null for a column that the file does not have.',
  );
}

function shown(columns: readonly string[]): string {
  const more = columns.length > 60 ? `, and ${columns.length - 60} more` : '';
  return columns.slice(0, 60).join(', ') + more;
}
