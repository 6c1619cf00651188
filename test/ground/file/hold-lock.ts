/** Holds a folder's lock until it is killed: `tsx hold-lock.ts folder`; prints `held`, or the error's name. */
import { lock } from '../../../src/ground/file/lock.ts';

try {
  await lock(process.argv[2] ?? '.');
  console.log('held');
  setInterval(() => undefined, 1000);
} catch (error) {
  console.log(error instanceof Error ? error.name : error);
}
