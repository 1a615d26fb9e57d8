import type { SqlEngine } from '../../../../../src/servers/lake/iceberg/index.ts';
import type { SqlParser } from '../../../../../src/servers/lake/sql/parse-select.ts';

/** Parameters as literals: the engine of the tests takes none. */
export function parserOver(engine: SqlEngine): SqlParser {
  return {
    query: async (sql, parameters = {}) => {
      const filled = sql.replaceAll(
        /\$(\w+)/g,
        (_, name: string) => `'${(parameters[name] ?? '').replaceAll("'", "''")}'`,
      );
      return { rows: await engine.run(filled) };
    },
  };
}
