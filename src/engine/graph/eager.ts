import * as tf from '@tensorflow/tfjs';
import { EngineError } from '../../ground/errors.ts';
import { type HostTensor, type Parameters, sizeOf } from '../../ground/host-tensor.ts';
import { throwIfInterrupted } from '../../ground/interruption.ts';
import { needCpuBackend, onBackend } from './backend.ts';
import { checkFeeds } from './feeds.ts';
import { type DType, hostData } from './graph.ts';
import type { Program, TensorFunction, TensorSpec } from './program.ts';

/** The tfjs backend of an eager provider, initialised; `tensorflow` imports the native package that is installed. */
async function backendOf(provider: string): Promise<string> {
  const prepare = providers[provider];
  if (prepare === undefined) {
    throw new EngineError(`engine tfjs, provider '${provider}': expected one of ${Object.keys(providers).join(', ')}`);
  }
  await prepare();
  const previous: string | undefined = tf.getBackend();
  await tf.setBackend(provider);
  if (previous !== undefined) await tf.setBackend(previous);
  return provider;
}

const providers: Readonly<Record<string, () => Promise<void>>> = {
  cpu: async () => {
    tf.enableProdMode(); // Or tfjs advertises its native package on the standard error.
    needCpuBackend();
  },
  tensorflow: importNative,
};

const nativePackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

async function importNative(): Promise<void> {
  const causes: string[] = [];
  for (const name of nativePackages) {
    try {
      await import(name);
      return;
    } catch (cause) {
      causes.push(`${name}: ${String(cause instanceof Error ? cause.message : cause).split('\n')[0]}`);
    }
  }
  throw new EngineError(
    `engine tfjs, provider 'tensorflow': no native tfjs package loads (${causes.join('; ')}). Install one with: ` +
      'npm install --ignore-scripts=false @tensorflow/tfjs-node (or @tensorflow/tfjs-node-gpu for CUDA)',
  );
}

/** A program that evaluates the function anew each time on a tfjs backend: the reference for the traced one. */
export async function compileEager(
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  outputs: readonly string[],
  provider: string,
  constants: Parameters = {},
): Promise<Program> {
  const backend = await backendOf(provider);
  const kept = onBackend(backend, () =>
    mapValues(constants, ({ data, shape }) => tf.keep(tf.tensor(data, [...shape], 'float32'))),
  );
  return {
    inputs: specs,
    outputs,
    async run(feeds, into = {}) {
      throwIfInterrupted();
      checkFeeds(specs, feeds);
      return onBackend(backend, () => {
        const results = fn({ ...kept, ...mapValues(feeds, (feed, name) => toTensor(feed, specs[name])) });
        return mapValues(results, (result, name) => toHost(result, into[name], name));
      });
    },
    async dispose() {
      onBackend(backend, () => tf.dispose(kept));
    },
  };
}

const toTensor = (feed: HostTensor, spec: TensorSpec | undefined): tf.Tensor =>
  tf.tensor(feed.data.slice(), [...feed.shape], spec?.dtype ?? 'float32');

function toHost(tensor: tf.Tensor, into: HostTensor | undefined, name: string): HostTensor {
  const data = hostData(tensor.dataSync(), tensor.dtype as DType); // A copy: tfjs may give its own memory, or a wider type.
  if (into === undefined) return { shape: tensor.shape, data };
  if (into.data.length !== sizeOf(tensor.shape)) {
    throw new EngineError(
      `output '${name}': expected room for [${tensor.shape.join(', ')}], got ${into.data.length} elements`,
    );
  }
  into.data.set(data);
  return into;
}

const mapValues = <In, Out>(record: Readonly<Record<string, In>>, map: (value: In, name: string) => Out) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
