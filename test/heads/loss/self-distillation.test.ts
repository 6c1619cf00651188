import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { named } from '../../../src/engine/graph/named.ts';
import { cpuEngine, type Engine, type NamedTensors } from '../../../src/engine/graph/program.ts';
import { detach } from '../../../src/heads/loss/detach.ts';
import type { TwoTimeNetwork } from '../../../src/heads/loss/loss-inputs.ts';
import {
  diagonalLosses,
  diagonalShare,
  jumpLosses,
  logWeight,
  weighed,
} from '../../../src/heads/loss/self-distillation.ts';
import { headConfig } from '../../../src/heads/network/config.ts';
import { headOutput } from '../../../src/heads/network/output.ts';
import { relativeError } from '../../eager.ts';
import { evaluated, fixture, under } from './golden-head.ts';

const cases: { name: string; engine: Engine }[] = [
  { name: 'pocket-tts-a', engine: cpuEngine() },
  { name: 'pocket-tts-a', engine: { kind: 'tfjs', provider: 'cpu', threads: 1 } },
];

/** The four losses of the golden numbers, per sample [B, K]. */
const variants = {
  lsd_minimal: { jump: 1, detached: false, weighing: true },
  lsd_classic: { jump: 1, detached: true, weighing: true },
  lsd_skip: { jump: 0, detached: false, weighing: true },
  lsd_eval_plain: { jump: 0.25, detached: false, weighing: false },
} as const;

describe.each(cases)("pocket-tts' self-distillation, $name on $engine.kind", ({ name, engine }) => {
  it.each(Object.entries(variants))('has the value and the gradients of the original: %s', async (variant, options) => {
    const { tensors: golden, metadata } = await fixture(`${name}.grad`);
    const prefix = metadata.prefix ?? '';
    const weights = Object.fromEntries(
      Object.entries(under(prefix, (await fixture(`${name}.weights`)).tensors)).filter(
        ([key]) => !/freqs$|^flow_lm|emb_(mean|std)$/.test(key),
      ),
    );
    const config = headConfig(weights, 1);
    const { c, target, noise, t_diag, s, t } = under('in.', golden);
    const flat = (tensor: typeof s) => ({ shape: [8], data: tensor?.data ?? new Float32Array() });
    const weighting = Object.fromEntries(Object.entries(golden).filter(([key]) => key.startsWith('weighting.')));
    const { values, gradients } = await evaluated(
      (parameters, inputs) => {
        const network =
          (own: NamedTensors): TwoTimeNetwork =>
          (x, from, to) =>
            headOutput(own, config, x, { s: from, t: to }, named(own, 'c'));
        const still: NamedTensors = Object.fromEntries(
          Object.entries(parameters).map(([key, tensor]) => [key, detach(tensor)]),
        );
        const ends = { target: named(inputs, 'target'), noise: named(inputs, 'noise') };
        const [diagonalTime, from, to] = [named(inputs, 't_diag'), named(inputs, 's'), named(inputs, 't')];
        const w = Object.fromEntries(
          Object.entries(parameters).map(([key, tensor]) => [key.replace('weighting.', ''), tensor]),
        );
        const counted = (losses: tf.Tensor, start: tf.Tensor, end: tf.Tensor): tf.Tensor =>
          options.weighing ? weighed(losses, logWeight(w, start, end), config.token) : losses;
        const diagonal = diagonalLosses(network(parameters), ends, diagonalTime);
        let each = tf.mul(counted(diagonal, diagonalTime, diagonalTime), diagonalShare);
        if (options.jump > 0) {
          const jump = jumpLosses(network(parameters), network(still), ends, { s: from, t: to, ...options });
          each = tf.add(each, tf.mul(counted(jump, from, to), options.jump));
        }
        return { loss: tf.mean(each), each };
      },
      { ...weights, c, ...weighting } as never,
      {
        target: { shape: [8, 1, config.token], data: target?.data },
        noise: { shape: [8, 1, config.token], data: noise?.data },
        t_diag: flat(t_diag),
        s: flat(s),
        t: flat(t),
      } as never,
      engine,
    );
    const expected = (key: string) => golden[`${variant}.${key}`]?.data;
    expect(relativeError(values.each?.data ?? [], expected('loss.per_sample') ?? [])).toBeLessThan(1e-5);
    expect(relativeError(values.loss?.data ?? [], expected('loss.mean') ?? [])).toBeLessThan(1e-5);
    const own = (key: string): string =>
      key === 'c' || key.startsWith('weighting.') ? `grad.${key}` : `grad.${prefix}${key}`;
    for (const [key, { data }] of Object.entries(gradients)) {
      const original = expected(own(key));
      if (original === undefined) expect(Math.max(...data.map(Math.abs)), key).toBe(0);
      else expect(relativeError(data, original), key).toBeLessThan(1e-4);
    }
  });
});
