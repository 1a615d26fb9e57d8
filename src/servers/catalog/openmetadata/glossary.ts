import type { Contract, ContractProperty } from '../../../metadata/odcs.ts';
import type { TableEntity, TermEntity } from './entities.ts';

/** The contract with what the glossary says of its columns: synonyms and terms elsewhere of each glossary term that a column is tagged with. */
export function withGlossary(
  contract: Contract,
  tables: readonly TableEntity[],
  terms: readonly TermEntity[],
): Contract {
  const byName = new Map(terms.map((term) => [term.fullyQualifiedName, term]));
  const schema = contract.schema.map((table) => {
    const entity = tables.find(({ fullyQualifiedName }) =>
      fullyQualifiedName.endsWith(`.${table.physicalName}`),
    );
    const properties = table.properties.map((property) => {
      const tags = entity?.columns.find(({ name }) => name === property.name)?.tags ?? [];
      const found = tags.flatMap(({ tagFQN, source }) => (source === 'Glossary' ? [byName.get(tagFQN)] : []));
      return found.reduce((said, term) => (term ? withTerm(said, term) : said), property);
    });
    return { ...table, properties };
  });
  return { ...contract, schema };
}

function withTerm(property: ContractProperty, term: TermEntity): ContractProperty {
  const { customProperties = [], authoritativeDefinitions = [] } = property;
  const synonyms = [term.displayName ?? term.name, ...(term.synonyms ?? [])];
  const urls = [
    ...(term.references ?? []).map(({ endpoint }) => endpoint),
    ...(term.conceptMappings ?? []).map(({ conceptIri }) => conceptIri),
  ].filter((url) => typeof url === 'string' && URL.canParse(url));
  const cited = new Set(authoritativeDefinitions.map(({ url }) => url));
  const own = customProperties.find(({ property: name }) => name === 'synonyms');
  const former = Array.isArray(own?.value) ? own.value : [];
  const value = [...new Set([...former, ...synonyms])];
  return {
    ...property,
    authoritativeDefinitions: [
      ...authoritativeDefinitions,
      ...urls
        .filter((url) => !cited.has(String(url)))
        .map((url) => ({ type: 'businessDefinition', url: String(url) })),
    ],
    customProperties: [
      ...customProperties.filter((one) => one !== own),
      { ...own, property: 'synonyms', value },
    ],
  };
}
