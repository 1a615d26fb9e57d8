import { type Command, Option } from 'commander';
import type { LakeRequest, RequestStatus } from '../../servers/lake/storage/rollback-requests.ts';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { counted } from '../render/counts.ts';
import { formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { type LakeOptions, lakePlace, warehouseOption } from './lake-options.ts';
import { withLake } from './open-lake.ts';

interface RequestsOptions extends LakeOptions {
  readonly status: RequestStatus | 'all';
}

export function register(lake: Command, cli: Cli): void {
  lake
    .command('requests')
    .description('list what models asked a person to decide: rollbacks of tables')
    .addOption(
      new Option('--status <status>', 'of one status, or all')
        .choices(['open', 'approved', 'rejected', 'all'])
        .default('open'),
    )
    .option('--json', 'print one line of JSON per request')
    .addOption(warehouseOption())
    .addOption(projectOption())
    .action((options: RequestsOptions) => requestsCommand(cli, options));
}

async function requestsCommand({ terminal }: Cli, options: RequestsOptions): Promise<void> {
  const { status } = options;
  const all = await withLake(options, async ({ folder }) => {
    const { listRequests } = await import('../../servers/lake/storage/decide-requests.ts');
    return listRequests(folder);
  });
  const requests = all.filter((request) => status === 'all' || request.status === status);
  if (options.json) for (const request of requests) terminal.out(JSON.stringify(request));
  else if (requests.length === 0)
    terminal.out(
      all.length === 0
        ? 'No requests.'
        : `No ${status} requests. The ${counted(all.length, 'other')}: aiworkflow lake requests --status all${lakePlace(options)}`,
    );
  else
    terminal.out(
      requests.map((request) => describeRequest(request, lakePlace(options)).join('\n')).join('\n\n'),
    );
}

/** All that a person needs to decide: what would be undone, by whom it was asked, and why. */
function describeRequest(request: LakeRequest, place: string): string[] {
  const { id, table, details, reason, call, requestedAtMs, status } = request;
  const by = call === null ? '' : ` by call ${printable(call)}`;
  return [
    `${id}  ${status}  roll ${printable(table)} back to snapshot ${details.snapshot}`,
    `   asked ${formatTime(requestedAtMs)} UTC${by}${reason === null ? '' : `: ${printable(reason)}`}`,
    ...describeEffect(details),
    ...decidedLines(request, place),
  ];
}

/** What a rollback takes away. */
export function describeEffect({ rows_before, rows_after, undone, files }: LakeRequest['details']): string[] {
  const rows = (count: number | null) =>
    count === null ? 'an unknown number of rows' : counted(count, 'row');
  return [
    `   ${rows(rows_before)} become ${rows(rows_after)}; ${counted(undone.length, 'change')} undone`,
    ...undone.map(({ time, operation, added_rows, removed_rows, tool, call, file }) => {
      const who = [tool, call, file].filter((part) => part !== undefined).join(' ');
      return `     ${time.slice(0, 19).replace('T', ' ')} UTC  ${operation} +${added_rows} -${removed_rows}  ${printable(who)}`;
    }),
    ...(files.length === 0 ? [] : [`   to be loaded again: ${files.map(printable).join(', ')}`]),
  ];
}

function decidedLines({ id, status, decidedBy, decidedAtMs }: LakeRequest, place: string): string[] {
  if (status === 'open')
    return [`   aiworkflow lake approve ${id}${place}   or   aiworkflow lake reject ${id}${place}`];
  return [`   ${status} by ${printable(decidedBy ?? 'somebody')}, ${formatTime(decidedAtMs ?? 0)} UTC`];
}
