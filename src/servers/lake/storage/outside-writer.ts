import type { SnapshotSummary } from '../iceberg/index.ts';
import { summaryKeys } from './summary-keys.ts';

/** Who wrote a snapshot that no tool of the lake has made, as far as its summary says; undefined for the lake's own. */
export function outsideWriter(summary: SnapshotSummary): string | undefined {
  const own = [summaryKeys.tool, summaryKeys.call, summaryKeys.run, summaryKeys.load];
  if (own.some((key) => summary[key] !== undefined)) return undefined;
  const engine = [summary['engine-name'], summary['engine-version']].filter((part) => part !== undefined);
  if (engine.length > 0) return engine.join(' ');
  const client = summary[summaryKeys.outside];
  if (client !== undefined) return client;
  return summary['spark.app.id'] === undefined ? unnamed : 'Spark';
}

const unnamed = 'another program';
