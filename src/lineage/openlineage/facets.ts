import type { JsonObject } from '../../domain/json.ts';

export type Facets = { readonly [name: string]: JsonObject };

/** Who makes these events. There is no page to point to, so it is a name. */
export const producer = 'urn:aiworkflow';

export const eventSchema = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';

/** Of our own facet; the schema is `docs/openlineage-calls-run-facet.schema.json`. */
export const callsFacetSchema = 'urn:aiworkflow:openlineage-calls-run-facet:1-0-0#/$defs/CallsRunFacet';

/** The versions of the standard facets that are written. */
const versions = {
  ColumnLineageDatasetFacet: '1-2-0',
  CatalogDatasetFacet: '1-1-0',
  DataQualityAssertionsDatasetFacet: '1-1-0',
  DatasetVersionDatasetFacet: '1-0-1',
  DatasourceDatasetFacet: '1-0-1',
  ErrorMessageRunFacet: '1-0-1',
  InputStatisticsInputDatasetFacet: '1-0-0',
  JobTypeJobFacet: '2-0-4',
  LifecycleStateChangeDatasetFacet: '1-0-1',
  OutputStatisticsOutputDatasetFacet: '1-0-2',
  ParentRunFacet: '1-2-0',
  ProcessingEngineRunFacet: '1-1-1',
  SchemaDatasetFacet: '1-2-0',
  SourceCodeLocationJobFacet: '1-1-0',
  SQLJobFacet: '1-1-0',
  StorageDatasetFacet: '1-0-1',
} as const;

export function facet(name: keyof typeof versions, content: JsonObject): JsonObject {
  const schema = `https://openlineage.io/spec/facets/${versions[name]}/${name}.json#/$defs/${name}`;
  return { _producer: producer, _schemaURL: schema, ...content };
}

export const ownFacet = (content: JsonObject): JsonObject => ({
  _producer: producer,
  _schemaURL: callsFacetSchema,
  ...content,
});

/** Without what is not known. */
export const present = (facets: Readonly<Record<string, JsonObject | undefined>>): Facets =>
  Object.fromEntries(Object.entries(facets).flatMap(([name, one]) => (one ? [[name, one]] : [])));
