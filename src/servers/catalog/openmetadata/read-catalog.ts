import { z } from 'zod';
import type { JsonObject } from '../../../domain/json.ts';
import { AiworkflowError, messageOf } from '../../../errors/index.ts';
import type { Mapping } from '../../../metadata/mapping.ts';
import type { Contract } from '../../../metadata/odcs.ts';
import { readYaml } from '../../../metadata/read-yaml.ts';
import type { Catalog } from '../backend.ts';
import { assembleCatalog } from '../documents/assemble-catalog.ts';
import type { DocumentKind } from '../documents/kinds.ts';
import { type ReadDocument, readDocument } from '../documents/read-document.ts';
import { yamlText } from '../documents/yaml-text.ts';
import type { OpenMetadataClient } from './client.ts';
import {
  type ContractEntity,
  contractEntity,
  customText,
  type TableEntity,
  type TermEntity,
  tableEntity,
  termEntity,
} from './entities.ts';
import { withGlossary } from './glossary.ts';
import { nativeContract } from './native-contract.ts';
import type { Places } from './places.ts';

/** All that is in force on the server: in three lists, whatever their length, and one more request for each contract that was made there. */
export async function readCatalog(client: OpenMetadataClient, places: Places): Promise<Catalog> {
  const [contracts, tables, terms] = await Promise.all([
    client.list('/dataContracts', contractEntity),
    client.list(
      `/tables?database=${encodeURIComponent(places.database)}&fields=columns,tags,tableConstraints,extension`,
      tableEntity,
    ),
    client.list('/glossaryTerms?fields=synonyms,references,tags', termEntity),
  ]);
  const byId = new Map(tables.map((table) => [table.id, table]));
  const governed = contracts.flatMap((contract) => {
    const table = contract.entity.type === 'table' ? byId.get(contract.entity.id) : undefined;
    return table ? [{ contract, table }] : [];
  });
  const read = await Promise.all(governed.map((one) => contractOf(client, places, one)));
  return assembleCatalog({
    contracts: read.map(({ document, value }) => ({ document, value: withGlossary(value, tables, terms) })),
    mappings: governed.flatMap(({ table }) => mappingOf(table, places)),
    policies: terms
      .filter(({ glossary }) => glossary.name === places.policyGlossary)
      .map((term) =>
        documentIn('policy', {
          text: policyText(term, places),
          place: places.termPlace(term.fullyQualifiedName),
        }),
      ),
  });
}

interface Governed {
  readonly contract: ContractEntity;
  readonly table: TableEntity;
}

async function contractOf(
  client: OpenMetadataClient,
  places: Places,
  { contract, table }: Governed,
): Promise<ReadDocument<Contract>> {
  const place = places.tablePlace(table.fullyQualifiedName);
  const written = customText(table, 'contract');
  if (written !== undefined) return documentIn('contract', { text: written, place });
  const text = await client.text(`/dataContracts/${encodeURIComponent(contract.id)}/odcs/yaml`);
  const exported = readYaml({ file: place, text }, z.record(z.string(), z.json())) as JsonObject;
  return documentIn('contract', { text: yamlText(nativeContract(exported, { contract, table })), place });
}

function mappingOf(table: TableEntity, places: Places): ReadDocument<Mapping>[] {
  const text = customText(table, 'mapping');
  if (text === undefined) return [];
  return [documentIn('mapping', { text, place: `${places.tablePlace(table.fullyQualifiedName)}#mapping` })];
}

function policyText(term: TermEntity, { policyGlossary }: Places): string {
  const text = customText(term, 'policy');
  if (text !== undefined) return text;
  throw new AiworkflowError({
    code: 'CATALOG_FAILED',
    message: `The term ${term.fullyQualifiedName} of the glossary of policies holds no policy.`,
    hint: `put the policy into its custom property aiworkflowPolicy, or the term into another glossary than ${policyGlossary}.`,
  });
}

/** A document that is wrong on the server is the server's failure, with the place in it. */
function documentIn<Kind extends DocumentKind>(
  kind: Kind,
  { text, place }: { readonly text: string; readonly place: string },
) {
  try {
    return readDocument({ kind, place, text });
  } catch (cause) {
    throw new AiworkflowError({
      code: 'CATALOG_FAILED',
      message: `A ${kind} on the server is none: ${messageOf(cause)}`,
      hint: 'mend it there: until then the catalog serves nothing, for half of the law is none.',
      cause,
    });
  }
}
