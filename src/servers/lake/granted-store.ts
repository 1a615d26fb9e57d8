import { type Grants, requireRead, requireWrite } from './grants.ts';
import type { CheckedSelect, NamedTable, TableStore } from './storage/table-store.ts';

/**
 * A store that knows no other tables than the granted ones, and writes no others: the one place where this is decided, for
 * all tools. Each method stands here, so that a new one cannot go past it.
 * SQL that is given as a text is the lake's own, made of names that `findTable` gave. A load also writes its rejects.
 */
export function grantedStore(store: TableStore, grants: Grants): TableStore {
  const readable = <T>(table: string, read: () => T): T => {
    requireRead(grants, table);
    return read();
  };
  const writable = <T>(table: string, write: () => T): T => {
    requireWrite(grants, table);
    return write();
  };
  return {
    listTables: async () => (await store.listTables()).filter(({ table }) => grants.mayRead(table)),
    findTable: async (table) => (grants.mayRead(table) ? store.findTable(table) : undefined),
    countRows: async (table) => readable(table, () => store.countRows(table)),
    listLoads: async (table) => readable(table, () => store.listLoads(table)),
    history: async (table, limit) => readable(table, () => store.history(table, limit)),
    createTable: async (definition) => writable(definition.table, () => store.createTable(definition)),
    load: async (request) => writable(request.definition.table, () => store.load(request)),
    writeMapping: async (request) => {
      requireTables(grants, request.select);
      return writable(request.target, () => store.writeMapping(request));
    },
    evolve: async (request) => writable(request.table, () => store.evolve(request)),
    askForRollback: async (asked) => writable(asked.table, () => store.askForRollback(asked)),
    compact: async (table, origin) => writable(table, () => store.compact(table, origin)),
    // The store holds the same grants for texts, because a rule's query never comes by here.
    check: (sql) => store.check(sql),
    query: async (select, parameters) => {
      requireTables(grants, select);
      return store.query(select, parameters);
    },
    reading: async (tables, work) => {
      requireTables(grants, { sql: '', tables });
      return store.reading(tables, work);
    },
    scratch: (columns, batches) => store.scratch(columns, batches),
    close: () => store.close(),
  };
}

function requireTables(grants: Grants, select: string | CheckedSelect): void {
  const tables: readonly NamedTable[] = typeof select === 'string' ? [] : select.tables;
  for (const { name } of tables) requireRead(grants, name);
}
