import { type SamplerName, samplers } from './table.ts';

/**
 * The file of a student's unrolled sampler: `sampler.onnx` at the most steps, else with their number; `second` names a
 * sampler beside the method's first one.
 */
export const samplerFile = (steps: number, most: number, second?: SamplerName): string =>
  `sampler${second === undefined ? '' : `-${samplers[second].label}`}${steps === most ? '' : `-${steps}`}.onnx`;

/** What such a file holds: its step count, if its name says one, and the second sampler, if it is of one. */
export function samplerOfFile(file: string): { readonly steps?: number; readonly second?: SamplerName } | undefined {
  const names = Object.keys(samplers) as SamplerName[];
  for (const second of [undefined, ...names]) {
    const label = second === undefined ? '' : `-${samplers[second].label}`;
    const [whole, steps] = new RegExp(`^sampler${label}(?:-(\\d+))?\\.onnx$`).exec(file) ?? [];
    if (whole === undefined) continue;
    return { ...(steps !== undefined && { steps: Number(steps) }), ...(second !== undefined && { second }) };
  }
  return undefined;
}
