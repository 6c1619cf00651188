/**
 * Chaos: `npm run chaos -- [--workers 50] [--coordinator 20] [--redis 10] [--every 5] [--seed 1] [--recipe file] [--set …]`.
 * Runs of a recipe over Redis, a coordinator and three workers, whose processes are killed at random moments and started
 * anew at once, until each kind of process was killed so often. Every run must end with the bytes of one that nobody
 * disturbed. Prints what was done more than once. With `--cut 60` one more run has a worker on a host of its own, whose cable is
 * out for so many seconds (needs root). Ends with 1 where anything differs.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { stream } from '../../src/ground/random/philox.ts';
import { fewstep, type Server, type Started, startServer } from './cluster.ts';
import { ownHost } from './namespace.ts';
import { differencesOf, onlyRun, workOf } from './same.ts';

const { values } = parseArgs({
  options: {
    workers: { type: 'string', default: '50' },
    coordinator: { type: 'string', default: '20' },
    redis: { type: 'string', default: '10' },
    every: { type: 'string', default: '5' },
    cut: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    recipe: { type: 'string', default: 'recipes/digits.yaml' },
    set: { type: 'string', multiple: true, default: [] },
  },
});

/** Kinds of processes, and how many of each are still to be killed. */
const kinds = ['workers', 'coordinator', 'redis'] as const;
type Kind = (typeof kinds)[number];
const left: Record<Kind, number> = {
  workers: Number(values.workers),
  coordinator: Number(values.coordinator),
  redis: Number(values.redis),
};

const random = stream('chaos', Number(values.seed));
const draw = (): number => random.uniform(1)[0] ?? 0;
const base = mkdtempSync(join(tmpdir(), 'fewstep-chaos-'));
const settings = values.set.flatMap((setting) => ['--set', setting]);

/** A folder with the recipe and the teachers beside it, as a user has them. */
function workplace(name: string): string {
  const folder = join(base, name);
  mkdirSync(folder);
  for (const part of ['recipes', 'teachers']) cpSync(resolve(part), join(folder, part), { recursive: true });
  return folder;
}

/** The kind that is killed next: each as likely as there are kills of it left. */
function drawnKind(): Kind | undefined {
  let place = draw() * kinds.reduce((sum, kind) => sum + left[kind], 0);
  return kinds.find((kind) => {
    place -= left[kind];
    return place < 0;
  });
}

const count = 3;

/** The processes of a run. */
class Cluster {
  workers: Started[];
  coordinator: Started;

  constructor(
    readonly folder: string,
    readonly server: Server,
  ) {
    this.workers = Array.from({ length: count }, () => this.#worker());
    this.coordinator = this.#coordinate();
  }

  #worker = (): Started =>
    fewstep(['worker', '--queue', this.server.address, '--concurrency', '1', '--heartbeat', '1'], this.folder);

  #coordinate = (): Started =>
    fewstep(['run', values.recipe, '--quiet', '--queue', this.server.address, ...settings], this.folder);

  /** Kills a process of a kind and starts it anew. */
  async kill(kind: Kind): Promise<void> {
    left[kind]--;
    if (kind === 'redis') return this.server.crash();
    if (kind === 'coordinator') {
      await this.coordinator.kill('SIGKILL');
      this.coordinator = this.#coordinate();
      return;
    }
    const place = Math.floor(draw() * count);
    await this.workers[place]?.kill('SIGKILL');
    this.workers[place] = this.#worker();
  }

  async end(): Promise<void> {
    for (const worker of this.workers) await worker.kill('SIGTERM');
  }
}

/** One run under kills; gives what is wrong with how it ended. */
async function disturbed(folder: string, server: Server, expected: string): Promise<string[]> {
  const cluster = new Cluster(folder, server);
  const kills: Kind[] = [];
  const started = performance.now();
  try {
    for (;;) {
      const pause = -Math.log(1 - draw()) * Number(values.every) * 1000;
      const over = await Promise.race([cluster.coordinator.ended, sleep(pause)]);
      if (over !== undefined && over.code !== 0) return [`the coordinator ended with ${over.code}:\n${over.text}`];
      if (over !== undefined) break;
      const kind = drawnKind();
      if (kind === undefined) continue;
      kills.push(kind);
      await cluster.kill(kind);
    }
  } finally {
    await cluster.end();
  }
  const run = onlyRun(folder);
  const { units, begun } = await workOf(run);
  const told = kinds.map((kind) => `${kills.filter((killed) => killed === kind).length} of ${kind}`).join(', ');
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`a run of ${seconds} s under ${kills.length} kills (${told}): ${units} units, begun ${begun} times`);
  return differencesOf(expected, run);
}

/** One run with three workers, of which one loses its cable while it works; gives what is wrong with how it ended. */
async function cutOff(folder: string, expected: string, seconds: number): Promise<string[]> {
  const host = ownHost(1);
  const server = await startServer(join(base, 'far'), `127.0.0.1 ${host.address}`);
  const words = ['--queue', server.address, '--concurrency', '1', '--heartbeat', '1'];
  const workers = [fewstep(['worker', ...words], folder, host.name)];
  try {
    const run = fewstep(['run', values.recipe, '--quiet', '--queue', server.address, ...settings], folder);
    await sleep(8000);
    host.cut(true);
    workers.push(fewstep(['worker', ...words], folder), fewstep(['worker', ...words], folder));
    await sleep(seconds * 1000);
    const going = run.child.exitCode === null;
    host.cut(false);
    const { code, text } = await run.ended;
    if (code !== 0) return [`the coordinator ended with ${code}:\n${text}`];
    const { units, begun } = await workOf(onlyRun(folder));
    const when = going ? 'it went on afterwards' : 'it had ended before';
    console.log(`a run with a cable out for ${seconds} s (${when}): ${units} units, begun ${begun} times`);
    return differencesOf(expected, onlyRun(folder));
  } finally {
    for (const worker of workers) await worker.kill('SIGTERM');
    await server.stop();
    host.remove();
  }
}

let wrong = 0;
const whole = workplace('whole');
const first = await fewstep(['run', values.recipe, '--quiet', ...settings], whole).ended;
if (first.code !== 0) throw new Error(first.text);
const server = await startServer(join(base, 'redis'));
try {
  for (let index = 0; kinds.some((kind) => left[kind] > 0); index++) {
    const folder = workplace(`run-${index}`);
    const found = await disturbed(folder, server, onlyRun(whole));
    for (const text of found) console.log(`  ${text}`);
    wrong += found.length;
    rmSync(folder, { recursive: true });
  }
} finally {
  await server.stop();
}
if (Number(values.cut) > 0) {
  const found = await cutOff(workplace('cut'), onlyRun(whole), Number(values.cut));
  for (const text of found) console.log(`  ${text}`);
  wrong += found.length;
}
rmSync(base, { recursive: true });
console.log(wrong === 0 ? 'every run ended with the bytes of the undisturbed one' : `${wrong} differences`);
process.exitCode = wrong === 0 ? 0 : 1;
