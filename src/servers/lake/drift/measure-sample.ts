import { type CellNames, castSql, cleanText } from '../storage/cast-sql.ts';
import type { CastRules, ScratchTable } from '../storage/table-store.ts';

/** How the values of one column of the file take to one type. */
export interface Fit {
  /** Records that were looked at; broken ones are not among them. */
  readonly rows: number;
  readonly filled: number;
  readonly fitting: number;
  /** Fitting values, typed and written as text, of records spread over the file. */
  readonly values: readonly string[];
}

/** A sample in a table that vanishes: cells `c0`, `c1`, … of the columns in that order. */
export interface SampleTable {
  readonly scratch: ScratchTable;
  readonly columns: readonly string[];
  readonly rows: number;
}

interface Question {
  readonly type: string;
  readonly rules: CastRules;
  readonly sources: readonly string[];
}

/** Values per column that are compared with others; more say nothing more. */
const comparedValues = 1000;

/** Casts the columns to the type as a load would; two statements, whatever the number of columns. */
export async function measureSample(
  { scratch, columns, rows }: SampleTable,
  { type, rules, sources }: Question,
): Promise<Map<string, Fit>> {
  const indexes = sources.map((source) => columns.indexOf(source));
  const typed = typedSql(indexes, { type, rules });
  const counts = indexes.map(
    (index) => `count(t${index}) AS filled${index}, count(v${index}) AS fit${index}`,
  );
  const stride = Math.max(1, Math.floor(rows / comparedValues));
  const shown = indexes.map((index) => `v${index}::VARCHAR AS v${index}`);
  if (sources.length === 0) return new Map();
  const [counted = {}] = (
    await scratch.query(`${typed} SELECT count(*) AS total, ${counts.join(', ')} FROM typed`)
  ).rows;
  const { rows: spread } = await scratch.query(
    `${typed} SELECT ${shown.join(', ')} FROM typed WHERE n % ${stride} = 0 ORDER BY n LIMIT ${comparedValues}`,
  );
  return new Map(
    sources.map((source, place) => {
      const index = indexes[place] ?? -1;
      const values = spread.map((row) => row[`v${index}`]).filter((value) => typeof value === 'string');
      const fit: Fit = {
        rows: Number(counted['total'] ?? 0),
        filled: Number(counted[`filled${index}`] ?? 0),
        fitting: Number(counted[`fit${index}`] ?? 0),
        values,
      };
      return [source, fit];
    }),
  );
}

/** Texts that are no value of the type, as they stand in the file, the first that occur first. */
export async function findMisfits(
  { scratch, columns }: SampleTable,
  { type, rules, source }: { type: string; rules: CastRules; source: string },
): Promise<string[]> {
  const index = columns.indexOf(source);
  const { rows } = await scratch.query(
    `${typedSql([index], { type, rules })} SELECT t${index} AS misfit FROM typed WHERE t${index} IS NOT NULL AND v${index} IS NULL
     GROUP BY ALL ORDER BY min(n) LIMIT 500`,
  );
  return rows.map((row) => String(row['misfit']));
}

function typedSql(indexes: readonly number[], { type, rules }: { type: string; rules: CastRules }): string {
  const named = indexes.map((index) => ({ index, casts: castSql(namesOf(index), { type, rules }) }));
  const cleaned = indexes.map((index) => `${cleanText(`c${index}`, { type, rules })} AS t${index}`);
  const spelled = named.map(({ index, casts }) => `${casts.spelling} AS m${index}`);
  const typed = named.map(({ index, casts }) => `${casts.value} AS v${index}`);
  return `WITH cleaned AS (SELECT n, ${cleaned.join(', ')} FROM scratch WHERE reason IS NULL),
spelled AS (SELECT *, ${spelled.join(', ')} FROM cleaned),
typed AS (SELECT *, ${typed.join(', ')} FROM spelled)`;
}

function namesOf(index: number): CellNames {
  return { text: `t${index}`, spelled: `m${index}`, value: `v${index}` };
}
