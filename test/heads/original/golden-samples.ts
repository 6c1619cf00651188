import { fileURLToPath } from 'node:url';
import { cpuEngine } from '../../../src/engine/graph/program.ts';
import { openSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor, Parameters } from '../../../src/ground/host-tensor.ts';
import { type FamilyName, families } from '../../../src/heads/family/table.ts';
import { headConfig } from '../../../src/heads/network/config.ts';
import { type HeadNetwork, headNetwork } from '../../../src/heads/original/head-network.ts';

/** Where golden files lie: `FEWSTEP_GOLDENS` may name a folder of them by family, else the fixtures. */
export const goldenPath = (family: string, file: string): string =>
  process.env.FEWSTEP_GOLDENS === undefined
    ? fileURLToPath(new URL(`../../fixtures/${family}-${file}.safetensors`, import.meta.url))
    : `${process.env.FEWSTEP_GOLDENS}/${family}/${file}.safetensors`;

/** The tensors of a golden file, by name. */
export interface Goldens {
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** A tensor of float32 numbers; fails when there is none. */
  floats(name: string): HostTensor<Float32Array>;
  /** A scalar, or what it is when the goldens leave it out. */
  scalar(name: string, missing: number): number;
}

/** Reads a golden file such as `a.sample` of a family. */
export async function goldens(family: string, file: string): Promise<Goldens> {
  const open = await openSafetensors(goldenPath(family, file));
  const tensors = await open.readAll().finally(() => open.close());
  return {
    tensors,
    metadata: open.metadata,
    floats: (name) => {
      const tensor = tensors[name];
      if (!(tensor?.data instanceof Float32Array)) throw new Error(`no golden ${name}`);
      return tensor as HostTensor<Float32Array>;
    },
    scalar: (name, missing) => tensors[name]?.data[0] ?? missing,
  };
}

/** The compiled network of a golden case. */
export async function goldenNetwork(family: string, golden: string): Promise<HeadNetwork & { readonly token: number }> {
  const { tensors, metadata } = await goldens(family, `${golden}.weights`);
  const prefix = metadata.prefix ?? '';
  const own = Object.entries(tensors).filter(
    ([name]) =>
      name.startsWith(prefix) && !/image_out_projector|(emb_(mean|std)|speech_(scaling|bias)_factor)$/.test(name),
  );
  const parameters = Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor])) as Parameters;
  const { timeScale, conventions } = families[family as FamilyName];
  const config = headConfig(parameters, timeScale, conventions);
  return { ...(await headNetwork(parameters, config, cpuEngine())), token: config.token };
}

/** The largest difference of two tensors over rows of `width`, each relative to the largest entry of its row. */
export function rowError(found: ArrayLike<number>, expected: ArrayLike<number>, width: number): number {
  if (found.length !== expected.length) throw new Error(`expected ${expected.length} numbers, got ${found.length}`);
  let worst = 0;
  for (let start = 0; start < expected.length; start += width) {
    const [own, others] = [found, expected].map((all) =>
      Array.from({ length: width }, (_, i) => all[start + i] ?? Number.NaN),
    );
    const largest = Math.max(...(others ?? []).map(Math.abs));
    const differences = (own ?? []).map((value, i) => Math.abs(value - (others?.[i] ?? 0)));
    if (differences.some(Number.isNaN)) return Number.NaN;
    worst = Math.max(worst, Math.max(...differences) / largest);
  }
  return worst;
}

/** Prints what was measured when `FEWSTEP_SHOW` asks for it. */
export function shown(...facts: readonly (string | number)[]): void {
  if (process.env.FEWSTEP_SHOW === undefined) return;
  console.log(facts.map((fact) => (typeof fact === 'number' ? fact.toExponential(1) : fact)).join(' '));
}
