/** Draws images token by token: backbone, head, backbone, …; the conditional and the unconditional rows side by side. */
import { compile } from '../../engine/compile.ts';
import type { Engine, Program } from '../../engine/graph/program.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { decodeStep, emptyCache, prefill, remember, stepSpecs } from './cache.ts';
import { type BackboneConfig, sequenceLength } from './config.ts';

/** What a head is asked at one position: hidden states [B, W] with and without the prompt, noise [B, D]. */
export interface TokenRequest {
  readonly conditional: HostTensor<Float32Array>;
  readonly unconditional: HostTensor<Float32Array>;
  readonly noise: HostTensor<Float32Array>;
  /** Index of the image token, 0 … imageLength − 1. */
  readonly position: number;
}

/** A head with its solver: gives the token [B, D] that the flow ends in. */
export type TokenHead = (request: TokenRequest) => Promise<HostTensor<Float32Array>>;

/** What free-running sampling gives, contexts included. */
export interface SampledTokens {
  /** [B, imageLength, D] */
  readonly tokens: HostTensor<Float32Array>;
  /** Hidden states of the prompt's branch: [B, imageLength, W]. */
  readonly conditional: HostTensor<Float32Array>;
  /** Hidden states of the branch without prompt, over the same image tokens: [B, imageLength, W]. */
  readonly unconditional: HostTensor<Float32Array>;
}

/** A backbone ready to sample. */
export interface BackboneSampler {
  /** One-hot prompts and null prompts [B, promptLength, vocabulary], noise [B, imageLength, D]. */
  sample(
    letters: Float32Array,
    nullLetters: Float32Array,
    noise: Float32Array,
    head: TokenHead,
  ): Promise<SampledTokens>;
  /** Frees the programs. */
  dispose(): Promise<void>;
}

/** Compiles the backbone's two programs (prompt, next token) once, for any batch. */
export async function backboneSampler(
  parameters: Parameters,
  config: BackboneConfig,
  engine: Engine,
): Promise<BackboneSampler> {
  const { promptLength, vocabulary } = config;
  const options = { engine, constants: parameters };
  const prompt = await compile(
    (inputs) => prefill(inputs, config, inputs.letters as NonNullable<(typeof inputs)[string]>),
    { letters: { shape: ['batch', promptLength, vocabulary] } },
    options,
  );
  const step = await compile((inputs) => decodeStep(inputs, config, inputs), stepSpecs(config), options);
  return {
    sample: (letters, nullLetters, noise, head) =>
      sampleTokens({ config, prompt, step }, concatenate(letters, nullLetters), noise, head),
    dispose: async () => {
      await prompt.dispose();
      await step.dispose();
    },
  };
}

interface CompiledBackbone {
  readonly config: BackboneConfig;
  readonly prompt: Program;
  readonly step: Program;
}

/** `letters` holds the rows with prompt, then those without. */
async function sampleTokens(
  { config, prompt, step }: CompiledBackbone,
  letters: Float32Array,
  noise: Float32Array,
  head: TokenHead,
): Promise<SampledTokens> {
  const { promptLength, vocabulary, imageLength, token, width } = config;
  const rows = letters.length / (promptLength * vocabulary);
  const batch = rows / 2;
  const cache = emptyCache(config, rows);
  const sequence = (size: number): HostTensor<Float32Array> => ({
    shape: [batch, imageLength, size],
    data: new Float32Array(batch * imageLength * size),
  });
  const result = { tokens: sequence(token), conditional: sequence(width), unconditional: sequence(width) };
  let outputs = await prompt.run({ letters: { shape: [rows, promptLength, vocabulary], data: letters } });
  remember(config, cache, outputs, 0);
  for (let position = 0; position < imageLength; position++) {
    const hidden = floats(outputs.hidden);
    const conditional = { shape: [batch, width], data: hidden.subarray(0, batch * width) };
    const unconditional = { shape: [batch, width], data: hidden.subarray(batch * width) };
    const drawn = { shape: [batch, token], data: readPosition(noise, imageLength, token, position) };
    const next = await head({ conditional, unconditional, noise: drawn, position });
    writePosition(result.tokens, next.data, position);
    writePosition(result.conditional, conditional.data, position);
    writePosition(result.unconditional, unconditional.data, position);
    if (position === imageLength - 1) break;
    const place = promptLength + position;
    const both = { shape: [rows, token], data: concatenate(next.data, next.data) };
    outputs = await step.run({ token: both, ...placeFeeds(sequenceLength(config), place), ...cache });
    remember(config, cache, outputs, place);
  }
  return result;
}

function placeFeeds(length: number, place: number): Record<string, HostTensor<Float32Array>> {
  const shape = [1, length];
  return {
    place: { shape, data: Float32Array.from({ length }, (_, i) => (i === place ? 1 : 0)) },
    mask: { shape, data: Float32Array.from({ length }, (_, i) => (i < place ? 0 : -1e9)) },
  };
}

/** The rows of one position of [B, length, size]. */
function readPosition(source: Float32Array, length: number, size: number, position: number): Float32Array {
  const rows = source.length / (length * size);
  const out = new Float32Array(rows * size);
  for (let row = 0; row < rows; row++) {
    const start = (row * length + position) * size;
    out.set(source.subarray(start, start + size), row * size);
  }
  return out;
}

function writePosition(target: HostTensor<Float32Array>, rows: Float32Array, position: number): void {
  const [batch = 0, length = 0, size = 0] = target.shape;
  for (let row = 0; row < batch; row++) {
    target.data.set(rows.subarray(row * size, (row + 1) * size), (row * length + position) * size);
  }
}

function concatenate(first: Float32Array, second: Float32Array): Float32Array {
  const out = new Float32Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}

const floats = (tensor: HostTensor | undefined): Float32Array =>
  tensor?.data instanceof Float32Array ? tensor.data : new Float32Array(0);
