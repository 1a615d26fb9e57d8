import { dirname } from 'node:path';
import type { JsonObject } from '../../domain/json.ts';
import { messageOf } from '../../errors/index.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import type { Place } from './written-tables.ts';

/** What a lake says of one table. */
export interface LakeTable {
  readonly rows: number;
  readonly columns: readonly string[];
  readonly key: readonly string[];
}

export interface LakeReader {
  /** Undefined when the lake has no such table. Throws a plain Error when it does not answer. */
  describe(table: string): Promise<LakeTable | undefined>;
  /** All rows, in the order of all their columns. */
  rows(table: string, described: LakeTable): Promise<JsonObject[]>;
  close(): Promise<void>;
}

const rowsPerCall = 1000;

/** A lake server of its own process, over the run's file; only its reading tools are called. */
export async function openLakeReader(database: string, { projectDir, env }: Place): Promise<LakeReader> {
  const [{ openTools }, { createScrubber }, { createSchemaValidator }] = await Promise.all([
    import('../../runtime/open-tools.ts'),
    import('../../governance/scrub.ts'),
    import('../../contracts/schema-validator.ts'),
  ]);
  const args = ['--root', dirname(database), '--database', database, '--max-rows', String(rowsPerCall)];
  const source = openTools(
    { projectDir, env, scrubber: createScrubber(new Map()), schemas: createSchemaValidator() },
    { lake: { server: 'lake', args } },
  );
  const call = async (name: string, given: JsonObject): Promise<JsonObject | undefined> => {
    const [tool] = await source.resolve([`lake.${name}`]);
    return tool && (await answerOf(tool, given));
  };
  return {
    async describe(table) {
      const described = await call('describe_table', { table });
      return described && tableOf(described);
    },
    async rows(table, { columns }) {
      const found: JsonObject[] = [];
      for (;;) {
        const sql = `SELECT ${columns.map(quoted).join(', ')} FROM ${table.split('.').map(quoted).join('.')} ORDER BY ALL LIMIT ${rowsPerCall} OFFSET ${found.length}`;
        const page = (await call('preview_sql', { sql, limit: rowsPerCall }))?.['rows'] as
          | JsonObject[]
          | undefined;
        if (!page) throw new Error(`${table} cannot be read`);
        if (page.length === 0) return found;
        found.push(...page);
      }
    },
    close: () => source.close(),
  };
}

async function answerOf(tool: CallableTool, given: JsonObject): Promise<JsonObject | undefined> {
  const { isError, structured } = await tool.call(given, {
    signal: new AbortController().signal,
    timeoutMs: 60_000,
    idempotencyKey: `diff/${tool.definition.name}`,
  });
  return isError ? undefined : (structured as JsonObject | undefined);
}

function tableOf(described: JsonObject): LakeTable {
  const columns = described['columns'] as readonly { readonly name: string }[];
  return {
    rows: described['rows'] as number,
    columns: columns.map(({ name }) => name),
    key: (described['primary_key'] ?? []) as readonly string[],
  };
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const reasonOf = (error: unknown): string => messageOf(error).split('\n', 1)[0] ?? '';
