import { DefinitionError } from '../../errors/index.ts';
import type { CatalogBackend } from './backend.ts';
import { type ChangeBook, openChangeBook } from './changes/change-book.ts';
import { createFilesBackend } from './files/files-backend.ts';
import { createClient, type OpenMetadataClient } from './openmetadata/client.ts';
import { createOpenMetadataBackend, type OpenMetadataBackend } from './openmetadata/openmetadata-backend.ts';
import { type Places, placesOf } from './openmetadata/places.ts';
import type { CatalogArguments, OpenMetadataArguments } from './read-arguments.ts';

export interface OpenCatalog {
  readonly backend: CatalogBackend;
  readonly book: ChangeBook;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The catalog that the arguments name. Nothing is read, made or asked for yet. Throws AiworkflowError. */
export function openCatalog(
  { contracts, feeds, changes, openMetadata }: CatalogArguments,
  { env }: { readonly env: Environment },
): OpenCatalog {
  const backend = openMetadata
    ? openMetadataServer(openMetadata, env).backend
    : createFilesBackend({ contracts, feeds });
  return { backend, book: openChangeBook(changes) };
}

export interface OpenMetadataServer {
  readonly client: OpenMetadataClient;
  readonly places: Places;
  readonly backend: OpenMetadataBackend;
}

/** Throws DefinitionError SECRET_MISSING or USAGE. */
export function openMetadataServer(
  { url, tokenEnv, service, database, policyGlossary }: OpenMetadataArguments,
  env: Environment,
): OpenMetadataServer {
  const token = env[tokenEnv]?.trim();
  if (!token)
    throw new DefinitionError({
      code: 'SECRET_MISSING',
      message: `The environment variable ${tokenEnv} with the token of OpenMetadata is not set.`,
      hint: `set ${tokenEnv} to the JWT of a bot, or name another variable with --token-env.`,
    });
  const client = createClient({ url, token });
  const places = placesOf({ url, service, database, policyGlossary });
  return { client, places, backend: createOpenMetadataBackend(client, places) };
}
