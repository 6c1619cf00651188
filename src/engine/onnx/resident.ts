/** Programs whose state stays where they run: what a run gives is what the next one reads. */
import { EngineError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { throwIfInterrupted } from '../../ground/interruption.ts';
import { checkFeeds } from '../graph/feeds.ts';
import type { Engine, TensorSpec } from '../graph/program.ts';
import { createSession } from './create-session.ts';
import { type Names, runTensors, toHost, toOrt } from './run-session.ts';
import * as ort from './runtime.ts';

/** An output of this prefix takes the place of the resident tensor of the name behind it. */
const successor = 'next/';

/** The providers whose results onnxruntime-node can leave on the device; those of others come back to ordinary memory. */
const leavesOnDevice: ReadonlySet<string> = new Set(['webgpu']);

/** Tensors by name that stay between runs, on the device where the provider leaves them there. */
export class ResidentTensors {
  readonly #tensors = new Map<string, ort.Tensor>();

  /** Takes a tensor in, which must not change until a program has put another in its place. */
  put(name: string, tensor: HostTensor): void {
    this.replace(name, toOrt(tensor));
  }

  /** Puts a result in the place of what was there, and frees that. */
  replace(name: string, tensor: ort.Tensor): void {
    this.#tensors.get(name)?.dispose();
    this.#tensors.set(name, tensor);
  }

  /** The tensor of a name. Throws EngineError where there is none. */
  get(name: string): ort.Tensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new EngineError(`resident tensor '${name}': expected one, got none`);
    return tensor;
  }

  /** Frees all of them. */
  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}

/** A program that reads and replaces resident tensors. */
export interface ResidentProgram {
  /** Runs once: inputs that are not fed are resident. Gives the outputs that replace none. */
  run(
    feeds: Readonly<Record<string, HostTensor>>,
    tensors: ResidentTensors,
  ): Promise<Readonly<Record<string, HostTensor>>>;
  dispose(): Promise<void>;
}

/** A program's inputs, and its outputs with the names that they have in its file. */
interface ResidentSignature {
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  readonly outputs: Names;
}

/** Opens a program; outputs named `next/…` replace resident tensors. Throws EngineError. */
export async function openResident(
  model: Uint8Array,
  { inputs, outputs }: ResidentSignature,
  engine: Engine,
): Promise<ResidentProgram> {
  const staying = outputs.filter(([name]) => name.startsWith(successor));
  const onDevice = leavesOnDevice.has(engine.provider) ? staying.map(([, inFile]) => inFile) : [];
  const session = await createSession(model, engine, { onDevice });
  const fetches = Object.fromEntries(outputs.map(([, inFile]) => [inFile, null]));
  return {
    async run(feeds, tensors) {
      throwIfInterrupted();
      const fed = Object.entries(inputs).filter(([name]) => feeds[name] !== undefined);
      checkFeeds(Object.fromEntries(fed), feeds);
      const given = Object.keys(inputs).map((name) => {
        const feed = feeds[name];
        return [name, feed === undefined ? tensors.get(name) : toOrt(feed)];
      });
      const results = await runTensors(session, Object.fromEntries(given), fetches);
      const told: Record<string, HostTensor> = {};
      for (const [name, inFile] of outputs) {
        const result = results[inFile];
        if (!(result instanceof ort.Tensor)) throw new EngineError(`output '${name}': expected a tensor`);
        if (name.startsWith(successor)) tensors.replace(name.slice(successor.length), result);
        else told[name] = toHost(name, result, undefined);
      }
      return told;
    },
    dispose: () => session.release(),
  };
}
