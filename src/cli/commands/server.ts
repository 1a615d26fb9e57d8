import type { Command } from 'commander';
import { nearest } from '../../errors/index.ts';
import type { Cli } from '../cli.ts';
import { wrongUsage } from '../wrong-usage.ts';

const servers: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  lake: async (args) => (await import('../../servers/lake/serve.ts')).serveLake(args),
  catalog: async (args) => (await import('../../servers/catalog/serve.ts')).serveCatalog(args),
};

export function register(program: Command, _cli: Cli): void {
  program
    .command('server')
    .description('serve tools over MCP on standard input and output; the arguments are the server’s own')
    .argument('<name>', Object.keys(servers).join(' or '))
    .argument('[arguments...]', 'see docs/lake.md and docs/catalog.md')
    // Options after the name are the server's: neither read nor refused here.
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (name: string, args: string[]) => serverNamed(name)(args));
}

function serverNamed(name: string): (args: string[]) => Promise<void> {
  const server = Object.hasOwn(servers, name) ? servers[name] : undefined;
  if (server) return server;
  const known = Object.keys(servers);
  const [guess] = nearest(name, known);
  throw wrongUsage(
    `There is no server "${name}".`,
    `${guess ? `did you mean ${guess}? ` : ''}Servers: ${known.join(', ')}.`,
  );
}
