import type { Json, JsonObject } from '../../domain/json.ts';
import type { ColumnRule } from '../answer.ts';
import { facet, present } from './facets.ts';
import type {
  Assertion,
  FileDataset,
  InputDataset,
  LineagePlaces,
  OutputDataset,
  TableDataset,
} from './run-lineage.ts';

export function inputDataset(input: InputDataset, places: LineagePlaces): JsonObject {
  const about = input.kind === 'file' ? fileDataset(input) : tableDataset(input, places);
  return {
    ...about,
    inputFacets: present({
      inputStatistics:
        input.kind === 'file'
          ? facet('InputStatisticsInputDatasetFacet', { rowCount: input.rowsRead, fileCount: 1 })
          : undefined,
      dataQualityAssertions: input.assertions?.length
        ? facet('DataQualityAssertionsDatasetFacet', { assertions: input.assertions.map(assertion) })
        : undefined,
    }),
  };
}

export function outputDataset(output: OutputDataset, places: LineagePlaces): JsonObject {
  const { rowsWritten, bytesWritten, filesWritten, change, columnRules } = output;
  const { facets, ...about } = tableDataset(output, places);
  const statistics = {
    ...(rowsWritten !== undefined && { rowCount: rowsWritten }),
    ...(bytesWritten !== undefined && { size: bytesWritten }),
    ...(filesWritten !== undefined && { fileCount: filesWritten }),
  };
  const isStateChange = change === 'CREATE' || change === 'OVERWRITE';
  return {
    ...about,
    facets: {
      ...facets,
      ...present({
        lifecycleStateChange: isStateChange
          ? facet('LifecycleStateChangeDatasetFacet', { lifecycleStateChange: change })
          : undefined,
        columnLineage: columnRules
          ? facet('ColumnLineageDatasetFacet', { fields: fieldsOf(columnRules, places) })
          : undefined,
      }),
    },
    outputFacets: present({ outputStatistics: facet('OutputStatisticsOutputDatasetFacet', statistics) }),
  };
}

/** The place of the tables: `file:///folder`, as Iceberg writes it. */
const warehouseUri = ({ warehouse }: LineagePlaces): string => `file://${warehouse}`;

function tableDataset({ name, version, columns }: TableDataset, places: LineagePlaces) {
  const uri = warehouseUri(places);
  const fields = columns.map((column, index) => ({ ...column, ordinal_position: index + 1 }));
  return {
    namespace: uri,
    name,
    facets: present({
      schema: facet('SchemaDatasetFacet', { fields }),
      version:
        version === undefined ? undefined : facet('DatasetVersionDatasetFacet', { datasetVersion: version }),
      storage: facet('StorageDatasetFacet', { storageLayer: 'iceberg', fileFormat: 'parquet' }),
      dataSource: facet('DatasourceDatasetFacet', { name: 'lake', uri }),
      catalog: facet('CatalogDatasetFacet', {
        framework: 'iceberg',
        type: 'jdbc',
        name: 'lake',
        warehouseUri: uri,
      }),
    }),
  };
}

function fileDataset({ name, sha256 }: FileDataset): JsonObject {
  return {
    namespace: 'file',
    name,
    facets: present({
      version: facet('DatasetVersionDatasetFacet', { datasetVersion: `sha256:${sha256}` }),
      dataSource: facet('DatasourceDatasetFacet', {
        name: 'file',
        ...(name.startsWith('/') && { uri: encodeURI(`file://${name}`) }),
      }),
    }),
  };
}

function fieldsOf(rules: readonly ColumnRule[], places: LineagePlaces): JsonObject {
  return Object.fromEntries(rules.map((rule) => [rule.column, { inputFields: inputFields(rule, places) }]));
}

interface Transformation {
  readonly type: 'DIRECT' | 'INDIRECT';
  readonly subtype: string;
  readonly description?: string;
  readonly masking: boolean;
}

/** One entry for each column of an input, with all that it does. */
function inputFields({ direct, indirect, expressions, unknowns }: ColumnRule, places: LineagePlaces): Json[] {
  const description = [...expressions, ...unknowns.map((one) => `not understood: ${one}`)].join(' | ');
  const found = new Map<string, { table: string; column: string; transformations: Transformation[] }>();
  const add = (
    { table, column }: { table: string; column: string },
    transformation: Transformation,
  ): void => {
    const key = `${table}\u0000${column}`;
    const one = found.get(key) ?? { table, column, transformations: [] };
    one.transformations.push(transformation);
    found.set(key, one);
  };
  for (const source of direct)
    add(source, { type: 'DIRECT', subtype: source.use, description, masking: false });
  for (const source of indirect) {
    for (const subtype of source.uses) add(source, { type: 'INDIRECT', subtype, masking: false });
  }
  return [...found.values()].map(({ table, column, transformations }) => ({
    namespace: warehouseUri(places),
    name: table.replace(/@.*$/, ''),
    field: column,
    transformations: transformations.map((one) => ({ ...one })),
  }));
}

const assertion = (one: Assertion): JsonObject => ({ ...one });
