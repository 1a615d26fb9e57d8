import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { nearest } from '../../errors/index.ts';
import { headerOf, tableView, tableViewSchema } from '../../metadata/contract-view.ts';
import { policySchema } from '../../metadata/policy.ts';
import type { Catalog } from './load-catalog.ts';
import { searchTerms, termHitSchema } from './search-terms.ts';

const annotations = { readOnlyHint: true, idempotentHint: true, openWorldHint: false };
const productContract = 'product';
const header = { id: z.string(), version: z.string(), status: z.string(), name: z.string().optional() };
const tableName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/, 'schema.table, lower case')
  .optional()
  .describe("rules for this table instead of the contract's own, e.g. a staging table with the same columns");

/** The five tools, all of which only read. */
export function registerTools(server: McpServer, catalog: Catalog): void {
  registerProductModel(server, catalog);
  registerContracts(server, catalog);
  registerSearch(server, catalog);
  registerPolicies(server, catalog);
}

function registerProductModel(server: McpServer, catalog: Catalog): void {
  server.registerTool(
    'get_product_model',
    {
      title: 'Canonical product model',
      description:
        'The canonical product: columns with type, business definition, synonyms and the schema.org and GS1 terms they stand for, and the quality rules that the table must satisfy.',
      inputSchema: z.strictObject({ table: tableName }),
      outputSchema: z.object({ ...header, ...tableViewSchema.shape }),
      annotations,
    },
    async ({ table }) => {
      const contract = catalog.contracts.find(({ id }) => id === productContract);
      const first = contract?.schema[0];
      if (!contract || !first) return unknown('contract', productContract, catalog.contracts);
      return answer({ ...headerOf(contract), ...tableView(first, table) });
    },
  );
}

function registerContracts(server: McpServer, catalog: Catalog): void {
  server.registerTool(
    'get_contract',
    {
      title: 'One data contract',
      description: 'A data contract by its id: purpose, tables, columns, primary keys and quality rules.',
      inputSchema: z.strictObject({ id: z.string().describe('as list_contracts gives it') }),
      outputSchema: z.object({
        ...header,
        purpose: z.string().optional(),
        usage: z.string().optional(),
        limitations: z.string().optional(),
        tables: z.array(tableViewSchema),
      }),
      annotations,
    },
    async ({ id }) => {
      const contract = catalog.contracts.find((candidate) => candidate.id === id);
      if (!contract) return unknown('contract', id, catalog.contracts);
      const { purpose, usage, limitations } = contract.description ?? {};
      const about = Object.fromEntries(
        Object.entries({ purpose, usage, limitations }).filter(([, text]) => text),
      );
      return answer({
        ...headerOf(contract),
        ...about,
        tables: contract.schema.map((table) => tableView(table)),
      });
    },
  );
  server.registerTool(
    'list_contracts',
    {
      title: 'Data contracts',
      description: 'All data contracts with id, version, status and the tables that they govern.',
      inputSchema: z.strictObject({}),
      outputSchema: z.object({ contracts: z.array(z.object({ ...header, tables: z.array(z.string()) })) }),
      annotations,
    },
    async () =>
      answer({
        contracts: catalog.contracts.map((contract) => ({
          ...headerOf(contract),
          tables: contract.schema.map(({ physicalName }) => physicalName),
        })),
      }),
  );
}

function registerSearch(server: McpServer, catalog: Catalog): void {
  server.registerTool(
    'search_terms',
    {
      title: 'Find the column that a word stands for',
      description:
        'Contract columns whose name, business name, synonyms, cited terms or description hold words of the query, best first. Use it when a source column has no obvious place in the model.',
      inputSchema: z.strictObject({
        query: z.string().min(1).describe('a few words, e.g. the name of a source column'),
      }),
      outputSchema: z.object({ query: z.string(), hits: z.array(termHitSchema) }),
      annotations,
    },
    async ({ query }) => answer({ query, hits: searchTerms(catalog, query) }),
  );
}

function registerPolicies(server: McpServer, catalog: Catalog): void {
  const topics = catalog.policies.map(({ id }) => id).join(', ');
  server.registerTool(
    'get_policies',
    {
      title: 'Business policies',
      description: `Business rules with the tables they refer to. Without a topic all of them. Topics: ${topics || 'none'}.`,
      inputSchema: z.strictObject({ topic: z.string().optional() }),
      outputSchema: z.object({ policies: z.array(policySchema) }),
      annotations,
    },
    async ({ topic }) => {
      const policies = catalog.policies.filter(({ id }) => topic === undefined || id === topic);
      if (policies.length === 0 && topic !== undefined) return unknown('policy', topic, catalog.policies);
      return answer({ policies });
    },
  );
}

function answer(structuredContent: Record<string, unknown>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
}

/** What the caller can mend is a result, not an exception. */
function unknown(kind: string, wanted: string, known: readonly { readonly id: string }[]): CallToolResult {
  const ids = known.map(({ id }) => id);
  const [best] = nearest(wanted, ids);
  const guess = best === undefined ? '' : ` Did you mean "${best}"?`;
  const text = `There is no ${kind} "${wanted}".${guess} Known: ${ids.join(', ') || 'none'}.`;
  return { content: [{ type: 'text', text }], isError: true };
}
