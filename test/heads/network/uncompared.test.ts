import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/engine/compile.ts';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine, type Engine } from '../../../src/engine/graph/program.ts';
import { stream } from '../../../src/ground/random/philox.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';
import { headOutput } from '../../../src/heads/network/output.ts';
import { relativeError } from '../../eager.ts';
import { calmRow, vibevoiceRow } from './float64-head.ts';
import { randomHead } from './random-head.ts';

const engines: Engine[] = [cpuEngine(), { kind: 'tfjs', provider: 'cpu', threads: 1 }];

const heads = [
  {
    name: 'VibeVoice',
    row: vibevoiceRow,
    config: { architecture: 'swiglu', token: 6, condition: 20, width: 24, hidden: 72, depth: 3, timeScale: 1 },
    times: [0, 1, 37, 500, 999],
  },
  {
    name: 'CALM',
    row: calmRow,
    config: { token: 6, condition: 20, width: 24, depth: 3, timeScale: 1000, truncateTime: true },
    times: [0, 0.05, 0.3999, 0.95, 1],
  },
] as const satisfies readonly { config: HeadConfig; [more: string]: unknown }[];

describe.each(engines)('on $kind', (engine) => {
  it.each(heads)('the head of $name is its recomputation in float64', async ({ row, config, times }) => {
    const parameters = randomHead(config);
    const rows = times.length;
    const x = stream('x').normal(rows * config.token);
    const c = stream('c').normal(rows * config.condition);
    const program = await compile(
      (all) => {
        const [first, t, condition] = [tf.expandDims(named(all, 'x'), 1), named(all, 't'), named(all, 'c')];
        return { out: headOutput(all, config, first, { t }, condition) };
      },
      { x: { shape: ['batch', config.token] }, t: { shape: ['batch'] }, c: { shape: ['batch', config.condition] } },
      { engine, constants: parameters },
    );
    const { out } = await program.run({
      x: { shape: [rows, config.token], data: x },
      t: { shape: [rows], data: Float32Array.from(times) },
      c: { shape: [rows, config.condition], data: c },
    });
    await program.dispose();
    const rowOf = (data: Float32Array, width: number, i: number) => [...data.subarray(i * width, (i + 1) * width)];
    const expected = times.flatMap((t, i) =>
      row(parameters, config, rowOf(x, config.token, i), t, rowOf(c, config.condition, i)),
    );
    expect(relativeError(out?.data ?? [], expected)).toBeLessThan(1e-5);
  });
});
