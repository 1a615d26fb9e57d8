import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { register as compact } from '../lake/compact.ts';
import { register as decide } from '../lake/decide.ts';
import { register as expire } from '../lake/expire.ts';
import { register as history } from '../lake/history.ts';
import { register as loads } from '../lake/loads.ts';
import { register as orphans } from '../lake/orphans.ts';
import { register as rejects } from '../lake/rejects.ts';
import { register as relocate } from '../lake/relocate.ts';
import { register as requests } from '../lake/requests.ts';
import { register as rollback } from '../lake/rollback.ts';
import { register as rows } from '../lake/rows.ts';
import { register as sql } from '../lake/sql.ts';
import { register as tables } from '../lake/tables.ts';

const commands = [
  tables,
  rows,
  sql,
  rejects,
  history,
  requests,
  decide,
  rollback,
  loads,
  expire,
  compact,
  orphans,
  relocate,
];

export function register(program: Command, cli: Cli): void {
  const lake = program
    .command('lake')
    .description('look at the tables of the lake, and keep them in order')
    .helpCommand(false);
  for (const command of commands) command(lake, cli);
}
