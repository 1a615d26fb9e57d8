/** Where the REST catalog listens, and who may ask it. */
export interface RestAddress {
  readonly host: string;
  readonly port: number;
  /** The environment variable with the token that clients send. */
  readonly tokenVariable: string | undefined;
}

/**
 * `--rest 127.0.0.1:8181`. An address that others can reach needs `--rest-exposed` and a token: the catalog tells every column and
 * the place of every file.
 * @throws what `refuse` gives
 */
export function parseRestAddress(
  args: {
    readonly rest?: string | undefined;
    readonly 'rest-token-env'?: string | undefined;
    readonly 'rest-exposed'?: boolean | undefined;
  },
  refuse: (message: string) => Error,
): RestAddress | undefined {
  const { rest, 'rest-token-env': tokenVariable, 'rest-exposed': isExposed = false } = args;
  if (rest === undefined) {
    if (tokenVariable === undefined && !isExposed) return undefined;
    throw refuse('--rest-token-env and --rest-exposed belong to --rest <host:port>.');
  }
  const [, bracketed, plain, port = ''] = /^(?:\[([\da-f:]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(rest) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) {
    throw refuse(`--rest "${rest}" is no address: write host:port, as 127.0.0.1:8181.`);
  }
  if (!isLoopback(host) && (!isExposed || tokenVariable === undefined)) {
    throw refuse(
      `--rest ${rest} can be reached from other machines: add --rest-exposed and --rest-token-env <NAME>.`,
    );
  }
  return { host, port: Number(port), tokenVariable };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
