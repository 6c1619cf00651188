/** Which process it is, and whether one that is named by a number still runs. */
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { systemCode } from './failure.ts';

/** What tells a process from any other, here or on another machine. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Within what its number means it: the machine's boot and the namespace of numbers (containers); '' where unknown. */
  readonly place: string;
  /** When it started, as the system counts; '' where unknown. Tells it from a later process of the same number. */
  readonly birth: string;
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

/** Where this process's numbers are valid. */
async function placeHere(): Promise<string> {
  const boot = (await textOf('/proc/sys/kernel/random/boot_id')).trim();
  const numbers = await readlink('/proc/self/ns/pid').catch(() => '');
  return boot === '' || numbers === '' ? '' : `${boot} ${numbers}`;
}

/** When a process of this number started, or '' where the system does not tell; undefined when it no longer runs. */
async function birthOf(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return undefined;
  }
  const status = await textOf(`/proc/${pid}/stat`);
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' '); // from the third on: the name may hold anything
  if (fields[0] === 'Z') return undefined; // ended, only not yet taken note of
  return fields[19] ?? '';
}

/** This process. */
export const thisProcess = async (): Promise<ProcessIdentity> => ({
  pid: process.pid,
  host: hostname(),
  place: await placeHere(),
  birth: (await birthOf(process.pid)) ?? '',
});

/**
 * Whether a process runs; undefined where its number says nothing here: on another machine, which may have the same
 * name, in another container, or before a restart.
 */
export async function isRunning({ pid, host, place, birth }: ProcessIdentity): Promise<boolean | undefined> {
  if (place !== (await placeHere()) || host !== hostname()) return undefined;
  const now = await birthOf(pid);
  return now !== undefined && (now === '' || birth === '' || now === birth);
}
