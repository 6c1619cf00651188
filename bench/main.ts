/**
 * `npm run bench [-- --threads 2] [-- --only training,solve,…]`: what the engine does of what this machine can; parts in parts.ts.
 * `npm run bench -- --only scale [--heads nextstep-1,mar-h,vibevoice-large]`: commands on heads of real size. The first two
 * take 10 GB of disk, 5 GB of memory and half an hour, the last 40 GB of disk and 18 GB of memory.
 * `--only cache`: training from a cache of 5 GB (12 GB of disk); `--only activations`: what a batch takes of memory.
 * `npm run bench -- --peers [--python python3]`: the same work in PyTorch, in alternation; bench/peers/README.md.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { cpuEngine } from '../src/engine/graph/program.ts';
import { versions } from '../src/ground/versions.ts';
import { parts, usualParts } from './parts.ts';
import { peers } from './peers/main.ts';

tf.enableProdMode();
const { values } = parseArgs({
  options: {
    ...{ threads: { type: 'string' }, only: { type: 'string' }, peers: { type: 'boolean' } },
    ...{ python: { type: 'string' }, rounds: { type: 'string' }, heads: { type: 'string' } },
    ...{ draws: { type: 'string' }, batches: { type: 'string' }, settings: { type: 'string' } },
  },
});
const engine = cpuEngine(Number(values.threads ?? 2));
if (values.peers) process.exit(await peers({ ...values, threads: engine.threads }));

const known = new Map(Object.entries(parts));
const wanted = values.only?.split(',') ?? usualParts;
const unknown = wanted.filter((name) => !known.has(name));
if (unknown.length > 0) {
  console.error(`--only: expected some of ${[...known.keys()].join(', ')}, got ${unknown.join(', ')}`);
  process.exit(2);
}
const environment = Object.entries(versions()).map(([name, version]) => `${name} ${version}`);
console.log([new Date().toISOString().slice(0, 10), ...environment, `${engine.threads} threads`].join(' · '));
for (const [name, part] of known) {
  if (!wanted.includes(name)) continue;
  for await (const text of part({ engine, heads: values.heads?.split(',') })) console.log(`${text}\n`);
}
