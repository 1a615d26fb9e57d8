/** What the lake and the catalog ask of a contract beyond the standard, by name, each with its reason. */
export const demands = {
  'standard-version': 'Version 2 of the standard has other fields; the catalog reads version 3.',
  'id-in-names': 'Snapshots name a contract as <id>@<version>, and its file is named by its id.',
  'semantic-version': 'Two versions of a contract are compared by their three numbers.',
  'tables-and-columns': 'A contract without a table, or a table without columns, governs nothing.',
  'names-of-the-lake': 'Tables and columns are created under these names, and SQL names them without quotes.',
  'words-for-readers': 'Models and people map by the descriptions; without one they would guess.',
  'types-of-the-lake':
    'A table is created with these types; one that the lake has not would fail the first load.',
  'logical-and-physical':
    'A column that is a date in one place and a number in the other is mapped wrongly by one of its readers.',
  'unique-names': 'A second table, column or rule of one name hides the first.',
  'primary-key': 'A key identifies every row, so it has an order and no empty part.',
  'partition-key': 'Partitions have an order without gaps, and a transform that the lake can compute.',
  'rule-of-the-lake': 'A rule that the lake cannot compute would count as failed at every load.',
  'rule-on-failure': 'Only single rows can be set aside; a number of a whole table says nothing about a row.',
  'cited-address': 'Cited terms are looked up: they are addresses.',
  feed: 'A feed is loaded by what its contract says, without anybody who could ask back.',
} as const;
export type Demand = keyof typeof demands;

/** What breaks a demand: where, what, and what to type. */
export interface Demanded {
  readonly demand: Demand;
  readonly path: readonly (string | number)[];
  /** Without the full stop. */
  readonly message: string;
  readonly hint?: string;
  /** The key is what is wrong, not its value. */
  readonly onKey?: true;
}
