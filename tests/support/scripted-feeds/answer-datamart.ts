import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { AssistantMessage } from '../../../src/domain/message.ts';
import type { ModelRequest } from '../../../src/domain/model.ts';
import { answerJson, askTools, placeOf, resultsOf, userText, yamlSection } from './conversation.ts';
import type { DatamartScript, FeedScript, HealedFeed } from './feed-script.ts';

/** Answers each turn of the product datamart as the script says; what is counted, it takes from the tools' results. */
export function answerDatamart(
  script: DatamartScript,
  { request, position }: { readonly request: ModelRequest; readonly position: string },
): AssistantMessage {
  const { step, turn } = placeOf(position);
  const asked = { request, position, turn };
  switch (step) {
    case 'discover':
      return discover(script, asked);
    case 'heal':
      return heal(healedOf(script, request), asked);
    case 'mapping':
      return mapping(feedOf(script, request), asked);
    case 'report':
      return report(request);
    default:
      throw new Error(`The script has no step "${step}".`);
  }
}

interface Asked {
  readonly request: ModelRequest;
  readonly position: string;
  readonly turn: number;
}

function discover(script: DatamartScript, { turn, position }: Asked): AssistantMessage {
  const calls = script.discovery[turn - 1];
  if (calls) return askTools(position, calls);
  return answerJson({
    feeds: [...script.feeds.map(({ draft }) => draft), ...script.references],
    skipped: script.skipped,
    errors: [],
  } as unknown as Json);
}

function heal({ looks, draft, reason }: HealedFeed, { turn, position }: Asked): AssistantMessage {
  if (turn === 1 && looks.length > 0) return askTools(position, looks);
  return answerJson({ draft, reason, errors: [] } as unknown as Json);
}

function healedOf({ healed = {} }: DatamartScript, request: ModelRequest): HealedFeed {
  const { id } = jsonAfter<{ id: string }>(userText(request), '## The contract, as a draft');
  const found = healed[id];
  if (!found) throw new Error(`The script knows no drift of the feed "${id}".`);
  return found;
}

function feedOf({ feeds }: DatamartScript, request: ModelRequest): FeedScript {
  const { id } = yamlSection(request, 'The feed') as { id: string };
  const found = feeds.find(({ draft }) => draft.id === id);
  if (!found) throw new Error(`The script knows no mapping of the feed "${id}".`);
  return found;
}

function mapping(
  { draft, looks, mapping: known }: FeedScript,
  { request, position, turn }: Asked,
): AssistantMessage {
  if (turn === 1)
    return askTools(
      position,
      looks.map((sql) => ['lake.preview_sql', { sql }]),
    );
  const { sql, columns, notes, errors } = known;
  if (turn === 2)
    return askTools(
      position,
      proofOf(sql).map((proof) => ['lake.preview_sql', proof]),
    );
  const counts = resultsOf(request, 'lake.preview_sql').at(-2)?.['rows'] as { fate: string; rows: number }[];
  const fates = counts.map(({ fate, rows }) => `${fate} ${rows}`).join(', ');
  return answerJson({
    feed: draft.id,
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

/** A file that was loaded, or a change that was asked for in its place. */
interface Load {
  readonly file?: string;
  readonly rows_read: number;
  readonly rows_rejected: number;
  readonly already_ingested?: boolean;
  readonly change?: string;
  readonly id?: string;
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
  const answers = linesAfter<Load[]>(text, '## Loads of this run').flat();
  const loads = answers.filter(({ file, already_ingested }) => file !== undefined && !already_ingested);
  const stopped = answers.filter(({ change }) => change !== undefined);
  const account = jsonAfter<Account[]>(text, '## Account of loaded rows');
  const failed = (heading: string): Checked['results'] =>
    jsonAfter<Checked>(text, heading).results.filter(({ passed }) => !passed);
  const published = sum(account, ({ published: rows }) => rows);
  const broken = [...failed('## Quality rules'), ...failed('## Rule of the account')];
  const unaccounted = account.filter(({ loaded, published: out, set_aside }) => loaded !== out + set_aside);
  const offers = text.includes('## Offers by region\n')
    ? jsonAfter<Checked & { readonly rows: number; readonly passed: boolean }>(text, '## Offers by region')
    : undefined;
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
    rows_offered: offers?.passed ? offers.rows : 0,
    stopped: stopped.map(({ id = '', change = '' }) => ({ feed: id, change })),
    findings: [
      ...[
        ...broken,
        ...(offers?.results.filter(({ passed }) => !passed) ?? []),
        ...failed('## Warnings'),
      ].map(({ name, value }) => `${name}: ${String(value)}`),
      ...unaccounted.map(({ source_table }) => `${source_table}: rows are not accounted for`),
    ],
    follow_up: [
      ...stopped.map(
        ({ id, change }) => `${id}: not loaded. Decide about ${change}: aiworkflow catalog show ${change}.`,
      ),
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

/** The lines of a list, each of them JSON. */
function linesAfter<Value>(text: string, heading: string): Value[] {
  const body = text.slice(text.indexOf(`${heading}\n`)).split(/\n## /, 1)[0] ?? '';
  return [...body.matchAll(/^\[.*\]$|(?<=^- )\[.*\]$/gm)].map((match) => JSON.parse(match[0]) as Value);
}

function jsonAfter<Value>(text: string, heading: string): Value {
  const body = text.slice(text.indexOf(`${heading}\n`) + heading.length + 1).split(/^## /m)[0] ?? '';
  return JSON.parse(body) as Value;
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
