import { z } from 'zod';
import { columnView } from '../../metadata/contract-view.ts';
import type { Catalog } from './backend.ts';

export const termHitSchema = z.object({
  contract: z.string(),
  version: z.string().describe('of the contract'),
  table: z.string(),
  column: z.string(),
  type: z.string(),
  description: z.string(),
  terms: z.array(z.string()),
  matched: z.array(z.string()).describe('where the query was found'),
  score: z.int(),
});
export type TermHit = z.infer<typeof termHitSchema>;

const maxHits = 10;
/** A name says more than a synonym, a synonym more than a word in a sentence; the whole more than a part. */
const weights = { name: 8, synonym: 6, business_name: 5, term: 4, description: 1 } as const;
type Field = keyof typeof weights;

/** Columns whose name, business name, synonyms, cited terms or description hold words of the query, best first. */
export function searchTerms(catalog: Catalog, query: string): TermHit[] {
  const wanted = wordsOf(query);
  const hits = columnsOf(catalog).map((column) => ({ ...column.hit, ...match(column.fields, wanted) }));
  return hits
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || compare(`${a.table}.${a.column}`, `${b.table}.${b.column}`))
    .slice(0, maxHits);
}

function columnsOf({ contracts }: Catalog) {
  return contracts.flatMap((contract) =>
    contract.schema.flatMap((table) =>
      table.properties.map((property) => {
        const view = columnView(property);
        const { name: column, type, description, terms } = view;
        const fields: [Field, string][] = [
          ['name', column],
          ['business_name', view.business_name ?? ''],
          ...view.synonyms.map((synonym): [Field, string] => ['synonym', synonym]),
          ...terms.map((term): [Field, string] => ['term', lastPart(term)]),
          ['description', description],
        ];
        return {
          hit: {
            contract: contract.id,
            version: contract.version,
            table: table.physicalName,
            column,
            type,
            description,
            terms,
          },
          fields,
        };
      }),
    ),
  );
}

function match(
  fields: readonly [Field, string][],
  wanted: readonly string[],
): { matched: string[]; score: number } {
  const scored = fields.map(([field, text]) => ({
    field,
    score: weights[field] * overlap(wordsOf(text), wanted),
  }));
  const found = scored.filter(({ score }) => score > 0);
  return {
    matched: [...new Set(found.map(({ field }) => field))],
    score: found.reduce((sum, { score }) => sum + score, 0),
  };
}

/** One point for each wanted word; as many again when the text is the query and nothing else. */
function overlap(words: readonly string[], wanted: readonly string[]): number {
  const common = wanted.filter((word) => words.includes(word)).length;
  return common === wanted.length && words.length === wanted.length ? 2 * common : common;
}

/** `priceCurrency`, `price_currency` and `Price Currency` are the same two words; accents do not count. */
function wordsOf(text: string): string[] {
  const plain = text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();
  return plain.split(/[^\p{Letter}\p{Number}]+/u).filter((word) => word !== '');
}

const lastPart = (url: string): string => url.slice(url.lastIndexOf('/') + 1);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
