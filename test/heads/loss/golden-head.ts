import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { compile } from '../../../src/engine/compile.ts';
import { type Objective, valueAndGradients } from '../../../src/engine/graph/gradient.ts';
import type { Engine, NamedTensors } from '../../../src/engine/graph/program.ts';
import { openSafetensors } from '../../../src/ground/file/safetensors.ts';
import type { HostTensor, Parameters } from '../../../src/ground/host-tensor.ts';

export type Tensors = Record<string, HostTensor>;

/** The tensors and the metadata of a fixture. */
export async function fixture(name: string): Promise<{ tensors: Tensors; metadata: Readonly<Record<string, string>> }> {
  const file = await openSafetensors(fileURLToPath(new URL(`../../fixtures/${name}.safetensors`, import.meta.url)));
  return { tensors: await file.readAll().finally(() => file.close()), metadata: file.metadata };
}

/** The tensors under a prefix, without it. */
export const under = (prefix: string, tensors: Tensors): Parameters =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  ) as Parameters;

/** Runs an objective and its gradients over `parameters` with further inputs, on an engine. */
export async function evaluated(
  objective: (parameters: NamedTensors, inputs: NamedTensors) => ReturnType<Objective>,
  parameters: Tensors,
  inputs: Tensors,
  engine: Engine,
): Promise<{ values: Tensors; gradients: Tensors }> {
  const specs = Object.fromEntries(
    Object.entries({ ...parameters, ...inputs }).map(([name, { shape, data }]) => [
      name,
      { shape, dtype: data instanceof Int32Array ? ('int32' as const) : ('float32' as const) },
    ]),
  );
  const program = await compile(
    (all) => {
      const pick = (names: Tensors): NamedTensors =>
        Object.fromEntries(Object.keys(names).map((name) => [name, all[name] as tf.Tensor]));
      const { values, gradients } = valueAndGradients((own) => objective(own, pick(inputs)), pick(parameters));
      const named = (kind: string, tensors: NamedTensors): [string, tf.Tensor][] =>
        Object.entries(tensors).map(([name, tensor]) => [`${kind}/${name}`, tf.add(tensor, 0)]);
      return Object.fromEntries([...named('value', values), ...named('gradient', gradients)]);
    },
    specs,
    { engine },
  );
  const out = await program.run({ ...parameters, ...inputs }).finally(() => program.dispose());
  const part = (kind: string): Tensors => under(`${kind}/`, out as Tensors);
  return { values: part('value'), gradients: part('gradient') };
}
