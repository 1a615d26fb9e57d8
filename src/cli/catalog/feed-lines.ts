import type { Feed } from '../../servers/catalog/feeds/feed.ts';
import { renderTable } from '../render/table.ts';

/** What `--json` prints of each feed. */
export interface FeedSummary {
  readonly id: string;
  readonly version: string;
  readonly status: string;
  readonly pattern: string;
  readonly vendor: string;
  readonly table: string;
  readonly mapping: string | null;
}

export function feedSummary({ id, contract, pattern, mapping }: Feed, vendor: string): FeedSummary {
  const { version, status, schema } = contract;
  const table = schema[0]?.physicalName ?? '';
  return {
    id,
    version,
    status,
    pattern,
    vendor,
    table,
    mapping: mapping ? `${mapping.id}@${mapping.version}` : null,
  };
}

export function feedTable(feeds: readonly FeedSummary[]): string[] {
  return renderTable([
    ['feed', 'version', 'status', 'files', 'vendor', 'table', 'mapping'],
    ...feeds.map(({ id, version, status, pattern, vendor, table, mapping }) => [
      id,
      version,
      status,
      pattern,
      vendor,
      table,
      mapping ?? 'none',
    ]),
  ]);
}
