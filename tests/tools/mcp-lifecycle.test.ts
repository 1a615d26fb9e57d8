import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ServerConfig } from '../../src/domain/server-config.ts';
import {
  afterTest,
  call,
  isAlive,
  modernServer,
  openServer,
  rawServer,
  temporaryFolder,
  textOf,
  until,
} from './support.ts';

const root = join(import.meta.dirname, '../..');

/** A program of a user: opens the server, prints the pids, and then does what `ending` says. */
async function startProgram(
  config: ServerConfig,
  ending: string,
): Promise<{ program: ChildProcess; pids: number[] }> {
  const file = join(temporaryFolder(), 'program.mjs');
  writeFileSync(
    file,
    `
    import { createMcpServer } from ${JSON.stringify(join(root, 'src/tools/index.ts'))};
    import { createSchemaValidator } from ${JSON.stringify(join(root, 'src/contracts/schema-validator.ts'))};
    const server = createMcpServer({ name: 'fixture', config: ${JSON.stringify(config)}, validator: createSchemaValidator() });
    const tools = await server.getCallableTools();
    const context = { signal: new AbortController().signal, timeoutMs: 20000, idempotencyKey: 'k' };
    const ask = async (name) => (await tools.find((tool) => tool.definition.name === 'fixture.' + name)?.call({}, context))?.content[0].text;
    const pids = [JSON.parse((await ask('environment')) ?? '{}').pid, Number(await ask('spawn'))];
    console.log(JSON.stringify(pids));
    ${ending}
    `,
  );
  const program = spawn(process.execPath, [file], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  afterTest(() => program.kill('SIGKILL'));
  const [line] = (await once(program.stdout, 'data')) as [Buffer];
  const pids = JSON.parse(line.toString('utf8')) as number[];
  // Whatever the test finds, nothing is left behind.
  afterTest(() => {
    for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
  });
  return { program, pids };
}

/** The shells beside our servers. */
function guards(): string[] {
  const list = execFileSync('ps', ['-o', 'stat=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  return list.split('\n').filter((line) => line.includes('read _; sleep 2') && !line.startsWith('Z'));
}

const stayOn = 'setInterval(() => {}, 1000);';

test.each<[string, string, (program: ChildProcess) => unknown]>([
  ['it comes to its end without close()', '', () => {}],
  ['process.exit', 'process.exit(0);', () => {}],
  [
    'an uncaught error',
    'setTimeout(() => { console.error = () => {}; throw new Error("expected by a test"); }, 0);',
    () => {},
  ],
  ['SIGINT', stayOn, (program) => program.kill('SIGINT')],
  ['SIGTERM', stayOn, (program) => program.kill('SIGTERM')],
  ['SIGHUP', stayOn, (program) => program.kill('SIGHUP')],
])('server and what it started end with the program: %s', async (_name, ending, act) => {
  const { program, pids } = await startProgram(modernServer, ending);
  const exited = once(program, 'exit');
  act(program);
  await exited;
  await until(() => !pids.some(isAlive));
});

test('kill -9 of the program: a server that waits for its own child is ended with it', async () => {
  const { program, pids } = await startProgram(modernServer, stayOn);
  program.kill('SIGKILL');
  await until(() => !pids.some(isAlive));
});

test('the guard leaves with its server', async () => {
  const server = openServer(modernServer);
  await server.getCallableTools();
  expect(guards()).toHaveLength(1);
  await server.close();
  await until(() => guards().length === 0);
});

test('SIGINT ends the program by that signal, unless the program handles it itself', async () => {
  const plain = await startProgram(modernServer, stayOn);
  plain.program.kill('SIGINT');
  expect(await once(plain.program, 'exit')).toEqual([null, 'SIGINT']);
  const own = await startProgram(
    modernServer,
    `process.on('SIGINT', async () => { await server.close(); process.exit(130); }); ${stayOn}`,
  );
  own.program.kill('SIGINT');
  expect(await once(own.program, 'exit')).toEqual([130, null]);
  await until(() => !own.pids.some(isAlive));
});

test('close ends the server and what it started', async () => {
  const server = openServer(modernServer);
  const pids = [
    JSON.parse(textOf(await call(server, 'environment'))).pid as number,
    Number(textOf(await call(server, 'spawn'))),
  ];
  expect(pids.map(isAlive)).toEqual([true, true]);
  await server.close();
  await until(() => !pids.some(isAlive));
});

test('a server behind npx is reached and ended with its wrapper', async () => {
  const args = 'args' in modernServer ? (modernServer.args ?? []) : [];
  const server = openServer({ command: 'sh', args: ['-c', `"$0" "$@"; true`, process.execPath, ...args] });
  const { pid } = JSON.parse(textOf(await call(server, 'environment'))) as { pid: number };
  await server.close();
  await until(() => !isAlive(pid));
});

test('a server that ignores the end of its input and SIGTERM is killed', async () => {
  const folder = temporaryFolder();
  const server = openServer(rawServer('stubborn', join(folder, 'journal')));
  await call(server, 'one');
  await server.close();
  await expect(server.getCallableTools()).rejects.toMatchObject({ code: 'TOOL_SERVER_UNREACHABLE' });
});

test('close while the server is starting ends it too', async () => {
  const server = openServer(modernServer);
  const starting = server.getCallableTools().catch((error: unknown) => error);
  await server.close();
  expect(await starting).toMatchObject({ code: 'TOOL_SERVER_UNREACHABLE' });
});
