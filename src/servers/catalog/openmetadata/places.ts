import { DefinitionError } from '../../../errors/index.ts';

export interface PlaceNames {
  readonly url: string;
  /** The database service. */
  readonly service: string;
  readonly database: string;
  readonly policyGlossary: string;
}

/** Where the catalog's things are on the server. */
export interface Places {
  /** `service.database`. */
  readonly database: string;
  readonly policyGlossary: string;
  /** `service.database.schema`, of the table `schema.table`. */
  schemaOf(physicalName: string): string;
  tableName(physicalName: string): string;
  /** Pages for people. */
  tablePlace(fullyQualifiedName: string): string;
  termPlace(fullyQualifiedName: string): string;
}

/** Throws DefinitionError USAGE for a name that OpenMetadata would read as several. */
export function placesOf({ url, service, database, policyGlossary }: PlaceNames): Places {
  for (const name of [service, database, policyGlossary]) requirePlain(name);
  const base = url.replace(/\/+$/, '');
  return {
    database: `${service}.${database}`,
    policyGlossary,
    schemaOf: (physicalName) => `${service}.${database}.${physicalName.split('.')[0]}`,
    tableName: (physicalName) => `${service}.${database}.${physicalName}`,
    tablePlace: (name) => `${base}/table/${encodeURIComponent(name)}`,
    termPlace: (name) => `${base}/glossary/${encodeURIComponent(name)}`,
  };
}

function requirePlain(name: string): void {
  if (/^[\w-]+( [\w-]+)*$/.test(name) && name.length <= 128) return;
  throw new DefinitionError({
    code: 'USAGE',
    message: `"${name}" cannot be the name of a service, database or glossary here.`,
    hint: 'take letters, digits, -, _ and blanks: dots and quotes part the names in OpenMetadata.',
  });
}
