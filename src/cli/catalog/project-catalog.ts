import { resolve } from 'node:path';
import type { ServerConfig, ShippedServerConfig } from '../../domain/server-config.ts';
import type { OpenCatalog } from '../../servers/catalog/open-catalog.ts';
import type { CatalogArguments } from '../../servers/catalog/read-arguments.ts';
import type { Cli } from '../cli.ts';
import { wrongUsage } from '../wrong-usage.ts';

export interface CatalogOptions {
  readonly project: string;
  /** Its name in `tools:` when the project has several. */
  readonly server?: string;
}

/** The catalog that the project's runs use, open for a person; closed after `work`. */
export async function withCatalog<Result>(
  cli: Pick<Cli, 'env'>,
  options: CatalogOptions,
  work: (catalog: OpenCatalog) => Promise<Result>,
): Promise<Result> {
  const { openCatalog } = await import('../../servers/catalog/open-catalog.ts');
  const { settings, env } = await catalogSettings(cli, options);
  const catalog = openCatalog(settings, { env });
  try {
    return await work(catalog);
  } finally {
    catalog.book.close();
  }
}

export interface CatalogSettings {
  readonly settings: CatalogArguments;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the project's `server: catalog` is started with, with paths as they are from here; the defaults when it has none. */
export async function catalogSettings(
  { env }: Pick<Cli, 'env'>,
  { project, server }: CatalogOptions,
): Promise<CatalogSettings> {
  const [{ loadProject }, { readArguments }] = await Promise.all([
    import('../../definitions/index.ts'),
    import('../../servers/catalog/read-arguments.ts'),
  ]);
  const { config, dir } = await loadProject({ dir: resolve(project) });
  const declared = chosen(config.tools ?? {}, server);
  const filled = (text: string): string =>
    text.replace(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole);
  const settings = readArguments((declared?.args ?? []).map(filled));
  const own = Object.entries(declared?.env ?? {}).map(([name, text]) => [name, filled(text)]);
  return {
    settings: {
      ...settings,
      contracts: resolve(dir, settings.contracts),
      feeds: resolve(dir, settings.feeds),
      changes: resolve(dir, settings.changes),
    },
    env: { ...env, ...Object.fromEntries(own) },
  };
}

function chosen(
  tools: Readonly<Record<string, ServerConfig>>,
  name: string | undefined,
): ShippedServerConfig | undefined {
  const catalogs = Object.entries(tools).filter(
    (entry): entry is [string, ShippedServerConfig] => 'server' in entry[1] && entry[1].server === 'catalog',
  );
  const names = catalogs.map(([key]) => key).join(', ');
  const found = catalogs.filter(([key]) => name === undefined || key === name);
  if (name !== undefined && found.length === 0)
    throw wrongUsage(`The project has no catalog "${name}".`, `its catalogs are: ${names || 'none'}.`);
  if (found.length > 1)
    throw wrongUsage('The project has several catalogs.', `add --server with one of: ${names}.`);
  return found[0]?.[1];
}
