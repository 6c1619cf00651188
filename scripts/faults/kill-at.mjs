// Preloaded into a command (`node --import`): ends the process with SIGKILL at the n-th change of a file in its thread
// (FAULT_AT), in the middle of it where it is a write; FAULT_COUNT names a file that gets the number of changes.
import { appendFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const at = Number(process.env.FAULT_AT ?? Number.POSITIVE_INFINITY);
let changes = 0;
const due = () => ++changes === at;
const die = () => process.kill(process.pid, 'SIGKILL');

const handle = await files.open(process.execPath, 'r');
const prototype = Object.getPrototypeOf(handle);
await handle.close();

const { write } = prototype;
prototype.write = async function (bytes, offset = 0, length = bytes.byteLength - offset, ...rest) {
  if (typeof bytes === 'string') return write.call(this, bytes, offset, length, ...rest);
  if (!due()) return write.call(this, bytes, offset, length, ...rest);
  await write.call(this, bytes, offset, length >> 1, ...rest);
  die();
};

/** Dies before the change or after it, by turns. */
const around = (change) =>
  async function (...words) {
    const now = due();
    if (now && at % 2 === 0) die();
    const result = await change.apply(this, words);
    if (now) die();
    return result;
  };

for (const name of ['sync', 'datasync', 'truncate', 'appendFile', 'writeFile'])
  prototype[name] = around(prototype[name]);
for (const name of ['rename', 'mkdir', 'rm', 'unlink', 'link', 'appendFile', 'writeFile', 'truncate'])
  files[name] = around(files[name]);
syncBuiltinESMExports();

const { FAULT_COUNT: counted } = process.env;
if (isMainThread && counted !== undefined) process.on('exit', () => appendFileSync(counted, `${changes}\n`));
