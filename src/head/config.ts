import { DataError } from '../errors.ts';
import type { Parameters } from '../host-tensor.ts';

/** Sizes and conventions of a flow head of the shared MAR / NextStep skeleton. */
export interface HeadConfig {
  /** D: dimensions of a token. */
  readonly token: number;
  /** H: dimensions of the backbone's hidden state. */
  readonly condition: number;
  readonly width: number;
  /** Residual blocks. */
  readonly depth: number;
  /** What a time in [0, 1] is multiplied by before its sinusoidal embedding. */
  readonly timeScale: number;
}

/** Frequencies of the time embedding: cosines of all, then sines of all. */
export const timeFrequencies = 128;

/** The tensors of a head by their original names, with their shapes. Linear weights are [out, in]. */
export function headShapes({
  token,
  condition,
  width,
  depth,
}: Omit<HeadConfig, 'timeScale'>): Record<string, number[]> {
  const linear = (name: string, to: number, from: number) => ({
    [`${name}.weight`]: [to, from],
    [`${name}.bias`]: [to],
  });
  const shapes: Record<string, number[]> = {
    ...linear('time_embed.mlp.0', width, 2 * timeFrequencies),
    ...linear('time_embed.mlp.2', width, width),
    ...linear('cond_embed', width, condition),
    ...linear('input_proj', width, token),
    ...linear('final_layer.adaLN_modulation.1', 2 * width, width),
    ...linear('final_layer.linear', token, width),
  };
  for (let block = 0; block < depth; block++) {
    const name = `res_blocks.${block}`;
    shapes[`${name}.in_ln.weight`] = [width];
    shapes[`${name}.in_ln.bias`] = [width];
    Object.assign(shapes, linear(`${name}.mlp.0`, width, width), linear(`${name}.mlp.2`, width, width));
    Object.assign(shapes, linear(`${name}.adaLN_modulation.1`, 3 * width, width));
  }
  return shapes;
}

/** Reads the sizes of a head from the shapes of its tensors; the time scale cannot be seen there. */
export function headConfig(parameters: Parameters, timeScale: number): HeadConfig {
  const shapeOf = (name: string): readonly number[] => {
    const tensor = parameters[name];
    if (tensor === undefined) throw new DataError(`head: expected a tensor named ${name}, found none`);
    return tensor.shape;
  };
  const [width = 0, token = 0] = shapeOf('input_proj.weight');
  const [, condition = 0] = shapeOf('cond_embed.weight');
  const depth = Object.keys(parameters).filter((name) => /^res_blocks\.\d+\.in_ln\.weight$/.test(name)).length;
  const config = { token, condition, width, depth };
  for (const [name, expected] of Object.entries(headShapes(config))) {
    const shape = shapeOf(name);
    if (shape.join() !== expected.join())
      throw new DataError(`head: tensor ${name}: expected shape [${expected}], got [${shape}]`);
  }
  return { ...config, timeScale };
}
