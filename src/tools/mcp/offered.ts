import { DefinitionError, nearest } from '../../errors/index.ts';

/** Throws TOOL_UNKNOWN for a name in a server's configuration that the server does not offer. */
export function requireOffered({
  server,
  key,
  tool,
  offered,
}: {
  readonly server: string;
  /** Where the name is written, under `tools.<server>`. */
  readonly key: string;
  readonly tool: string;
  readonly offered: readonly string[];
}): void {
  if (offered.includes(tool)) return;
  const [close] = nearest(tool, offered);
  throw new DefinitionError({
    code: 'TOOL_UNKNOWN',
    message: `tools.${server}.${key} names "${tool}", which the server does not offer.`,
    hint: `${close ? `did you mean "${close}"? ` : ''}Offered: ${[...offered].sort().join(', ')}.`,
    details: { server, tool },
  });
}
