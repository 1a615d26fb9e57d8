// Runs in a thread of its own: the SHA-256 of the file whose path it is given, and the bytes that it read.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const blockBytes = 1 << 20;

const handle = openSync(String(workerData), 'r');
try {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(blockBytes);
  let size = 0;
  for (let bytes = readSync(handle, block); bytes > 0; bytes = readSync(handle, block)) {
    hash.update(block.subarray(0, bytes));
    size += bytes;
  }
  parentPort?.postMessage({ sha256: hash.digest('hex'), size });
} finally {
  closeSync(handle);
}
