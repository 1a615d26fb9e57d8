/** Where the REST catalog listens, and who may ask it. */
export interface RestAddress {
  readonly host: string;
  readonly port: number;
  /** The environment variable with the token that clients send. */
  readonly tokenVariable: string | undefined;
  /** Whether clients may make and change tables. */
  readonly mayWrite: boolean;
}

/**
 * `--rest 127.0.0.1:8181`. An address that others can reach needs `--rest-exposed` and a token: the catalog tells every column and
 * the place of every file. So does `--rest-writes`, wherever it listens: any program of this machine reaches the port.
 * @throws what `refuse` gives
 */
export function parseRestAddress(
  args: {
    readonly rest?: string | undefined;
    readonly 'rest-token-env'?: string | undefined;
    readonly 'rest-exposed'?: boolean | undefined;
    readonly 'rest-writes'?: boolean | undefined;
  },
  refuse: (message: string) => Error,
): RestAddress | undefined {
  const { rest, 'rest-token-env': tokenVariable, 'rest-exposed': isExposed = false } = args;
  const mayWrite = args['rest-writes'] ?? false;
  if (rest === undefined) {
    if (tokenVariable === undefined && !isExposed && !mayWrite) return undefined;
    throw refuse('--rest-token-env, --rest-exposed and --rest-writes belong to --rest <host:port>.');
  }
  const [, bracketed, plain, port = ''] = /^(?:\[([\da-f:]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(rest) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) {
    throw refuse(`--rest "${rest}" is no address: write host:port, as 127.0.0.1:8181.`);
  }
  const address = { host, port: Number(port), tokenVariable, mayWrite };
  const problem = exposureProblem(address, isExposed);
  if (problem !== undefined) throw refuse(problem);
  return address;
}

function exposureProblem(
  { host, port, tokenVariable, mayWrite }: RestAddress,
  isExposed: boolean,
): string | undefined {
  if (!isLoopback(host) && (!isExposed || tokenVariable === undefined))
    return `--rest ${host}:${port} can be reached from other machines: add --rest-exposed and --rest-token-env <NAME>.`;
  if (mayWrite && tokenVariable === undefined)
    return '--rest-writes lets clients change tables, so they must have a token: add --rest-token-env <NAME>.';
  return undefined;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
