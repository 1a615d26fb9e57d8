import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { headerOf, tableView, tableViewSchema } from '../../../metadata/contract-view.ts';
import type { Contract } from '../../../metadata/odcs.ts';
import type { Catalog } from '../backend.ts';
import { Refusal, unknownName } from '../refusal.ts';
import { searchTerms, termHitSchema } from '../search-terms.ts';
import { answering, type CatalogServices, reads } from './answer.ts';

const productContract = 'product';
const header = {
  id: z.string(),
  version: z.string(),
  contract: z.string().describe('<id>@<version>, as the tools of the lake take it'),
  status: z.string(),
  name: z.string().optional(),
  digest: z.string().describe('of the document: the same version with another digest is another text'),
};
const tableName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/, 'schema.table, lower case')
  .optional()
  .describe("rules for this table instead of the contract's own, e.g. a staging table with the same columns");

export function registerContractTools(server: McpServer, services: CatalogServices): void {
  registerProductModel(server, services);
  registerGetContract(server, services);
  registerListContracts(server, services);
  registerSearch(server, services);
}

function registerProductModel(server: McpServer, { backend }: CatalogServices): void {
  server.registerTool(
    'get_product_model',
    {
      title: 'Canonical product model',
      description:
        'The canonical product: columns with type, business definition, synonyms and the schema.org and GS1 terms they stand for, and the quality rules that the table must satisfy.',
      inputSchema: z.strictObject({ table: tableName }),
      outputSchema: z.object({ ...header, ...tableViewSchema.shape }),
      annotations: reads,
    },
    ({ table }) =>
      answering(async () => {
        const catalog = await backend.read();
        const contract = contractNamed(catalog, productContract);
        const [first] = contract.schema;
        if (!first) throw unknownName('table of the contract', productContract, []);
        return { ...headerIn(catalog, contract), ...tableView(first, table) };
      }),
  );
}

function registerGetContract(server: McpServer, { backend }: CatalogServices): void {
  server.registerTool(
    'get_contract',
    {
      title: 'One data contract',
      description:
        'A data contract by its id, of a feed too: purpose, tables, columns, primary keys and quality rules.',
      inputSchema: z.strictObject({
        id: z.string().describe('as list_contracts or list_feeds gives it'),
        table: tableName,
      }),
      outputSchema: z.object({
        ...header,
        purpose: z.string().optional(),
        usage: z.string().optional(),
        limitations: z.string().optional(),
        tables: z.array(tableViewSchema),
      }),
      annotations: reads,
    },
    ({ id, table: other }) =>
      answering(async () => {
        const catalog = await backend.read();
        const contract = contractNamed(catalog, id);
        if (other !== undefined) requireOneTable(contract);
        const { purpose, usage, limitations } = contract.description ?? {};
        const about = Object.entries({ purpose, usage, limitations }).filter(([, text]) => text);
        return {
          ...headerIn(catalog, contract),
          ...Object.fromEntries(about),
          tables: contract.schema.map((table) => tableView(table, other)),
        };
      }),
  );
}

function registerListContracts(server: McpServer, { backend }: CatalogServices): void {
  server.registerTool(
    'list_contracts',
    {
      title: 'Data contracts',
      description:
        "The project's own data contracts with id, version, status and the tables that they govern. Contracts of feeds: list_feeds.",
      inputSchema: z.strictObject({}),
      outputSchema: z.object({ contracts: z.array(z.object({ ...header, tables: z.array(z.string()) })) }),
      annotations: reads,
    },
    () =>
      answering(async () => {
        const catalog = await backend.read();
        return {
          contracts: catalog.contracts.map((contract) => ({
            ...headerIn(catalog, contract),
            tables: contract.schema.map(({ physicalName }) => physicalName),
          })),
        };
      }),
  );
}

function registerSearch(server: McpServer, { backend }: CatalogServices): void {
  server.registerTool(
    'search_terms',
    {
      title: 'Find the column that a word stands for',
      description:
        'Contract columns whose name, business name, synonyms, cited terms or description hold words of the query, best first. Use it when a source column has no obvious place in the model.',
      inputSchema: z.strictObject({
        query: z.string().min(1).max(500).describe('a few words, e.g. the name of a source column'),
      }),
      outputSchema: z.object({ query: z.string(), hits: z.array(termHitSchema) }),
      annotations: reads,
    },
    ({ query }) => answering(async () => ({ query, hits: searchTerms(await backend.read(), query) })),
  );
}

function contractNamed({ contracts, feeds }: Catalog, id: string): Contract {
  const all = [...contracts, ...feeds.map(({ contract }) => contract)];
  const found = all.find((contract) => contract.id === id);
  if (found) return found;
  throw unknownName(
    'contract',
    id,
    all.map((contract) => contract.id),
  );
}

/** Rules for another table would be those of two at once. */
function requireOneTable({ id, schema }: Contract): void {
  if (schema.length > 1)
    throw new Refusal(`The contract "${id}" has ${schema.length} tables.`, 'Ask without `table`.');
}

function headerIn({ documents }: Catalog, contract: Contract) {
  const document = documents.find(({ kind, id }) => kind === 'contract' && id === contract.id);
  return { ...headerOf(contract), digest: document?.digest };
}
