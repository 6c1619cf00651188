/** The heads of VibeVoice and CALM recomputed row by row in float64, straight from their description. */

import type { Parameters } from '../../../src/ground/host-tensor.ts';
import type { HeadConfig } from '../../../src/heads/network/config.ts';

type Row = readonly number[];

const silu = (x: number): number => x / (1 + Math.exp(-x));
const plus = (a: Row, b: Row): number[] => a.map((value, i) => value + (b[i] ?? Number.NaN));
const times = (a: Row, b: Row): number[] => a.map((value, i) => value * (b[i] ?? Number.NaN));

/** A head by its weights: rows in, rows out. */
function layersOf(parameters: Parameters) {
  const get = (name: string): { readonly shape: readonly number[]; readonly data: Float32Array } => {
    const tensor = parameters[name];
    if (tensor === undefined) throw new Error(`no ${name}`);
    return tensor;
  };
  const product = (name: string, x: Row): number[] => {
    const { shape, data } = get(`${name}.weight`);
    const [to = 0, from = 0] = shape;
    return Array.from({ length: to }, (_, i) =>
      x.reduce((sum, value, j) => sum + value * (data[i * from + j] ?? Number.NaN), 0),
    );
  };
  const vector = (name: string): number[] => Array.from(get(name).data);
  const linear = (name: string, x: Row): number[] => plus(product(name, x), vector(`${name}.bias`));
  return { product, vector, linear };
}

/** Frequencies and phases are rounded to float32, as the original systems do: it moves times near 999 by 3e-5. */
const sinusoids = (time: number): number[] => {
  const exponent = (k: number): number => Math.fround(Math.fround(-Math.log(10000)) * k) / 128;
  const phases = Array.from({ length: 128 }, (_, k) => Math.fround(time * Math.fround(Math.exp(exponent(k)))));
  return [...phases.map(Math.cos), ...phases.map(Math.sin)];
};

const thirds = (row: Row, width: number): number[][] =>
  Array.from({ length: row.length / width }, (_, i) => row.slice(i * width, (i + 1) * width));

const modulated = (x: Row, shift: Row, scale: Row): number[] =>
  plus(
    times(
      x,
      scale.map((value) => 1 + value),
    ),
    shift,
  );

/** VibeVoice: x [D], integer t, c [H]. */
export function vibevoiceRow(parameters: Parameters, config: HeadConfig, x: Row, t: number, c: Row): number[] {
  const { product, vector } = layersOf(parameters);
  const { width, depth } = config;
  const normed = (row: Row): number[] => {
    const square = row.reduce((sum, value) => sum + value * value, 0) / row.length;
    return row.map((value) => value / Math.sqrt(square + 1e-5));
  };
  const time = product('t_embedder.mlp.2', product('t_embedder.mlp.0', sinusoids(t)).map(silu));
  const active = plus(product('cond_proj', c), time).map(silu);
  let h = product('noisy_images_proj', x);
  for (let i = 0; i < depth; i++) {
    const [shift = [], scale = [], gate = []] = thirds(product(`layers.${i}.adaLN_modulation.1`, active), width);
    const inner = modulated(times(normed(h), vector(`layers.${i}.norm.weight`)), shift, scale);
    const open = product(`layers.${i}.ffn.gate_proj`, inner).map(silu);
    const update = product(`layers.${i}.ffn.down_proj`, times(open, product(`layers.${i}.ffn.up_proj`, inner)));
    h = plus(h, times(gate, update));
  }
  const [shift = [], scale = []] = thirds(product('final_layer.adaLN_modulation.1', active), width);
  return product('final_layer.linear', modulated(normed(h), shift, scale));
}

/** CALM's flow head: x [D], t in [0, 1] cut to thousandths, c [H]. */
export function calmRow(parameters: Parameters, { width, depth }: HeadConfig, x: Row, t: number, c: Row): number[] {
  const { vector, linear } = layersOf(parameters);
  const normed = (row: Row): number[] => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
    return row.map((value) => (value - mean) / Math.sqrt(variance + 1e-6));
  };
  const whole = Math.trunc(Math.fround(Math.fround(t) * 1000));
  const time = linear('time_embed.mlp.2', linear('time_embed.mlp.0', sinusoids(whole)).map(silu));
  const active = plus(time, linear('cond_embed', c)).map(silu);
  let h = linear('input_proj', x);
  for (let i = 0; i < depth; i++) {
    const name = `res_blocks.${i}`;
    const [shift = [], scale = [], gate = []] = thirds(linear(`${name}.adaLN_modulation.1`, active), width);
    const norm = plus(times(normed(h), vector(`${name}.in_ln.weight`)), vector(`${name}.in_ln.bias`));
    const update = linear(`${name}.mlp.2`, linear(`${name}.mlp.0`, modulated(norm, shift, scale)).map(silu));
    h = plus(h, times(gate, update));
  }
  const [shift = [], scale = []] = thirds(linear('final_layer.adaLN_modulation.1', active), width);
  return linear('final_layer.linear', modulated(normed(h), shift, scale));
}
