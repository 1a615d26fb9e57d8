import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { AssistantMessage } from '../../../src/domain/message.ts';
import type { ModelRequest } from '../../../src/domain/model.ts';
import { answerJson, askTools, type Place, placeOf, resultsOf, userText } from './conversation.ts';
import type { DatamartScript, FeedContract } from './feed-script.ts';
import { policiesIn } from './policy-sql.ts';

/** Answers each turn of the product datamart as the script says; what is counted, it takes from the tools' results. */
export function answerDatamart(
  script: DatamartScript,
  { request, position }: { readonly request: ModelRequest; readonly position: string },
): AssistantMessage {
  const place = placeOf(position);
  const turn = { script, request, position, place };
  switch (place.step) {
    case 'discover':
      return discover(turn);
    case 'bronze':
      return bronze(turn, itemOf(script.files, place).contract);
    case 'bronze_references':
      return bronze(turn, itemOf(script.references, place));
    case 'mapping':
      return mapping(turn);
    case 'report':
      return report(request);
    default:
      throw new Error(`The script has no step "${place.step}".`);
  }
}

interface Turn {
  readonly script: DatamartScript;
  readonly request: ModelRequest;
  readonly position: string;
  readonly place: Place;
}

function itemOf<Item>(items: readonly Item[], { step, item }: Place): Item {
  const found = items[item];
  if (found === undefined) throw new Error(`The script knows no item ${item} of step "${step}".`);
  return found;
}

function discover({ script, place, position }: Turn): AssistantMessage {
  const calls = script.discovery[place.turn - 1];
  if (calls) return askTools(position, calls);
  return answerJson({
    files: script.files.map(({ contract }) => contract),
    references: script.references,
    skipped: script.skipped,
    errors: [],
  });
}

function bronze({ request, position, place }: Turn, contract: FeedContract): AssistantMessage {
  if (place.turn === 1) return askTools(position, [['lake.create_table', tableOf(contract)]]);
  if (place.turn === 2) return askTools(position, [['lake.ingest', loadOf(contract)]]);
  const loaded = resultsOf(request, 'lake.ingest').at(-1) ?? {};
  const groups = (loaded['rejects_by_reason'] ?? []) as {
    reason: string;
    column?: string | null;
    rows: number;
  }[];
  return answerJson({
    path: contract.path,
    table: contract.table_name,
    rows_read: loaded['rows_read'],
    rows_loaded: loaded['rows_loaded'],
    rows_rejected: loaded['rows_rejected'],
    rejects: groups.map(({ reason, column, rows }) => ({
      reason: column ? `${reason}: ${column}` : reason,
      rows,
    })),
    changes: [],
    errors: [],
  });
}

function tableOf({ table_name, columns, partition_candidates, description }: FeedContract): JsonObject {
  return {
    table: table_name,
    columns: columns.map(({ name, type, nullable, description: meaning }) => ({
      name,
      type,
      nullable,
      description: meaning,
    })),
    partitioned_by: ['_ingestion_date', '_vendor_name', ...partition_candidates],
    description,
  };
}

function loadOf({ path, table_name, vendor_name, options, columns }: FeedContract): JsonObject {
  const sources = Object.fromEntries(columns.map(({ name, source }) => [name, source]));
  return { path, table: table_name, vendor_name, options: { ...options, columns: sources } };
}

function mapping({ script, request, position, place }: Turn): AssistantMessage {
  const feed = itemOf(script.files, place);
  if (place.turn === 1)
    return askTools(
      position,
      feed.looks.map((sql) => ['lake.preview_sql', { sql }]),
    );
  const { sql, columns, notes, errors } = feed.mapping(policiesIn(request));
  if (place.turn === 2)
    return askTools(
      position,
      proofOf(sql).map((proof) => ['lake.preview_sql', proof]),
    );
  const counts = resultsOf(request, 'lake.preview_sql').at(-2)?.['rows'] as { fate: string; rows: number }[];
  const fates = counts.map(({ fate, rows }) => `${fate} ${rows}`).join(', ');
  return answerJson({
    source_table: feed.contract.table_name,
    sql,
    columns,
    notes: [...notes, `Rows by fate: ${fates}.`],
    errors,
  } as unknown as Json);
}

function proofOf(sql: string): JsonObject[] {
  return [
    {
      sql: `SELECT coalesce(reason, 'publish') AS fate, count(*) AS rows FROM (${sql}) AS mapped GROUP BY coalesce(reason, 'publish') ORDER BY fate`,
    },
    {
      sql: `SELECT vendor_sku, name, category, raw_price, price, price_currency, price_reference, weight_kg, gtin, reason FROM (${sql}) AS mapped ORDER BY reason NULLS LAST, vendor_sku`,
      limit: 12,
    },
  ];
}

interface Source {
  readonly file: string;
  readonly rows_read: number;
  readonly rows_rejected: number;
}
interface Account {
  readonly source_table: string;
  readonly loaded: number;
  readonly published: number;
  readonly set_aside: number;
}
interface Checked {
  readonly results: readonly { readonly name: string; readonly passed: boolean; readonly value: Json }[];
}

function report(request: ModelRequest): AssistantMessage {
  const text = userText(request);
  const [, target = '', ended = ''] = /Target: (\S+)\. The step publish ended with: (\w+)/.exec(text) ?? [];
  const sources = [...text.matchAll(/^- \S+: (\[.*\])$/gm)].flatMap(
    (match) => JSON.parse(match[1] ?? '[]') as (Source | string)[],
  );
  const loads = sources.filter((source): source is Source => typeof source === 'object');
  const account = jsonAfter<Account[]>(text, '## Account of loaded rows');
  const failed = (heading: string): Checked['results'] =>
    jsonAfter<Checked>(text, heading).results.filter(({ passed }) => !passed);
  const published = sum(account, ({ published: rows }) => rows);
  const broken = [...failed('## Quality rules'), ...failed('## Rule of the account')];
  const unaccounted = account.filter(({ loaded, published: out, set_aside }) => loaded !== out + set_aside);
  const rejected = sum(loads, ({ rows_rejected }) => rows_rejected);
  const aside = sum(account, ({ set_aside }) => set_aside);
  return answerJson({
    status: ended === 'end' ? 'published' : 'blocked',
    headline:
      ended === 'end'
        ? `${published} products of ${account.length} tables are in ${target}.`
        : `Nothing was published: ${broken.map(({ name }) => name).join(', ')} failed.`,
    target,
    rows_read: sum(loads, ({ rows_read }) => rows_read),
    rows_rejected: rejected,
    rows_published: published,
    rows_set_aside: aside,
    findings: [
      ...[...broken, ...failed('## Warnings')].map(({ name, value }) => `${name}: ${String(value)}`),
      ...unaccounted.map(({ source_table }) => `${source_table}: rows are not accounted for`),
    ],
    follow_up: [
      ...loads
        .filter(({ rows_rejected }) => rows_rejected > 0)
        .map(
          ({ file, rows_rejected }) => `${file}: records rejected, for the vendor to mend: ${rows_rejected}.`,
        ),
      ...account
        .filter(({ set_aside }) => set_aside > 0)
        .map(
          ({ source_table, set_aside }) =>
            `${source_table}: rows set aside in the table of exceptions: ${set_aside}.`,
        ),
      ...[...text.matchAll(/^- (\S+): (\["[^\n]*"\])$/gm)].flatMap(([, table, errors]) =>
        (JSON.parse(errors ?? '[]') as string[]).map((error) => `${table}: ${error}`),
      ),
    ],
  });
}

function jsonAfter<Value>(text: string, heading: string): Value {
  const body = text.slice(text.indexOf(`${heading}\n`) + heading.length + 1).split(/^## /m)[0] ?? '';
  return JSON.parse(body) as Value;
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
