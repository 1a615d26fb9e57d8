import { z } from 'zod';
import { customProperties } from './annotations.ts';
import { roles } from './people.ts';
import { address, stableId, text, wholeNumber } from './values.ts';

const name = z.string();
const port = wholeNumber;
const anyPort = wholeNumber.optional();
const anyAddress = address.optional();
const secureAddress = address.refine(
  (value) => value.startsWith('sftp://'),
  'the address begins with sftp://',
);

/** The fields of each kind of server, beside those that all have. */
const fieldsByType = {
  api: { location: address },
  athena: { stagingDir: address, schema: name, catalog: text, regionName: text },
  azure: { location: address, format: name, delimiter: text },
  bigquery: { project: name, dataset: name },
  clickhouse: { host: name, port, database: name },
  cloudsql: { host: name, port, database: name, schema: name },
  databricks: { host: text, catalog: name, schema: name },
  db2: { host: name, port, database: name, schema: text },
  denodo: { host: name, port, database: text },
  dremio: { host: name, port, schema: text },
  duckdb: { database: name, schema: text },
  glue: { account: name, database: name, location: anyAddress, format: text },
  hive: { host: name, port: anyPort, database: name },
  impala: { host: name, port: anyPort, database: name },
  informix: { host: name, port: anyPort, database: name },
  kafka: { host: name, format: text },
  kinesis: { region: text, format: text },
  local: { path: name, format: name },
  mysql: { host: name, port, database: name },
  oracle: { host: name, port, serviceName: name },
  postgres: { host: name, port, database: name, schema: name },
  postgresql: { host: name, port, database: name, schema: name },
  presto: { host: name, catalog: text, schema: text },
  pubsub: { project: name },
  redshift: { host: text, database: name, schema: name, region: text, account: text },
  s3: { location: address, endpointUrl: anyAddress, format: text, delimiter: text },
  sftp: { location: secureAddress, format: text, delimiter: text },
  snowflake: { host: text, port: anyPort, account: name, database: name, schema: name, warehouse: text },
  sqlserver: { host: name, port: anyPort, database: name, schema: name },
  synapse: { host: name, port, database: name },
  trino: { host: name, port, catalog: name, schema: name },
  vertica: { host: name, port, database: name, schema: name },
  zen: { host: name, port: anyPort, database: name },
  custom: {
    account: text,
    catalog: text,
    database: text,
    dataset: text,
    delimiter: text,
    endpointUrl: anyAddress,
    format: text,
    host: text,
    location: anyAddress,
    path: text,
    port: anyPort,
    project: text,
    region: text,
    regionName: text,
    schema: text,
    serviceName: text,
    stagingDir: text,
    warehouse: text,
    stream: text,
  },
} as const;

const common = {
  id: stableId.optional(),
  server: name,
  description: text,
  environment: text,
  roles,
  customProperties,
};

const kinds = Object.entries(fieldsByType).map(([type, fields]) =>
  z.strictObject({ ...common, type: z.literal(type), ...fields }),
);
const [first, ...others] = kinds;
if (!first) throw new Error('no kind of server');

/** Where the data is. */
export const servers = z.array(z.discriminatedUnion('type', [first, ...others])).optional();
