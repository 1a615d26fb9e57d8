// Loaded before a program that must ask nobody: every way out throws, and says which one it was.
import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const refuse = (what) => () => {
  throw new Error(`the world was asked: ${what}`);
};
net.Socket.prototype.connect = refuse('a connection');
net.Server.prototype.listen = refuse('a server');
dgram.createSocket = refuse('a datagram');
globalThis.fetch = refuse('fetch');
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'])
  childProcess[name] = refuse(`a process (${name})`);
syncBuiltinESMExports();
