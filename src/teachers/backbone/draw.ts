/** Drawing images token by token, wherever the programs run: nothing here knows a tensor library. */
import type { HostTensor } from '../../ground/host-tensor.ts';
import { emptyCache, pastFeeds, remember } from './cache.ts';
import { type BackboneConfig, sequenceLength } from './config.ts';

/** Images that share a stream of new noise in each of a sampler's calls: as many as a browser draws side by side. */
export const sideBySide = 50;

/** What a head is asked at one position: hidden states [B, W] with and without the prompt, noise [B, D]. */
export interface TokenRequest {
  readonly conditional: HostTensor<Float32Array>;
  readonly unconditional: HostTensor<Float32Array>;
  readonly noise: HostTensor<Float32Array>;
  /** Index of the image token, 0 … imageLength − 1. */
  readonly position: number;
  /** Index of the first of these images among all that were asked for, a multiple of `sideBySide`; 0 unless given. */
  readonly first?: number;
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

/** Runs a program: its inputs by name to its outputs by name. */
export type RunProgram = (
  feeds: Readonly<Record<string, HostTensor<Float32Array>>>,
) => Promise<Readonly<Record<string, HostTensor>>>;

/** The two programs of a backbone, ready to run. */
export interface RunningBackbone {
  readonly config: BackboneConfig;
  readonly prefill: RunProgram;
  readonly step: RunProgram;
}

/** One-hot prompts and null prompts [B, promptLength, vocabulary], noise [B, imageLength, D]. */
export interface DrawInput {
  readonly letters: Float32Array;
  readonly nullLetters: Float32Array;
  readonly noise: Float32Array;
}

/** Prompts that differ, and which of them each row begins with: images of one prompt share what it leaves. */
export interface Prompts {
  /** One-hot [count, promptLength, vocabulary] */
  readonly letters: Float32Array;
  readonly count: number;
  /** Of the images with their prompt, then of the same without [2B]. */
  readonly rows: Int32Array;
}

/** Images whose prompts are read and whose tokens are told one after another. */
export interface Decoding {
  /** Hidden states after each prompt [count, W]. */
  readonly hidden: Float32Array;
  /** Tells the token at a position of each image [B, D]; gives the hidden states after it [2B, W]. */
  readonly next: (tokens: Float32Array, position: number) => Promise<Float32Array>;
  /** Ends it: its memory may serve others. */
  readonly close: () => void;
}

/** Reads the prompts of so many images. */
export type BeginDecoding = (prompts: Prompts, images: number) => Promise<Decoding>;

/** Draws images token by token by a backbone's two programs. */
export const drawTokens = (backbone: RunningBackbone, input: DrawInput, head: TokenHead): Promise<SampledTokens> =>
  drawBy(backbone.config, (prompts, images) => decoding(backbone, prompts, images), input, head);

/**
 * Draws images token by token: backbone, head, backbone, …; the conditional and the unconditional rows side by side.
 */
export async function drawBy(
  config: BackboneConfig,
  begin: BeginDecoding,
  { letters, nullLetters, noise }: DrawInput,
  head: TokenHead,
): Promise<SampledTokens> {
  const { promptLength, vocabulary, imageLength, token, width } = config;
  const batch = letters.length / (promptLength * vocabulary);
  const sequence = (size: number): HostTensor<Float32Array> => ({
    shape: [batch, imageLength, size],
    data: new Float32Array(batch * imageLength * size),
  });
  const result = { tokens: sequence(token), conditional: sequence(width), unconditional: sequence(width) };
  const prompts = distinctPrompts(concatenate(letters, nullLetters), promptLength * vocabulary);
  const { hidden: read, next, close } = await begin(prompts, batch);
  let hidden = rowsOf(read, width, prompts.rows);
  for (let position = 0; position < imageLength; position++) {
    const conditional = { shape: [batch, width], data: hidden.subarray(0, batch * width) };
    const unconditional = { shape: [batch, width], data: hidden.subarray(batch * width) };
    const drawn = { shape: [batch, token], data: readPosition(noise, imageLength, token, position) };
    const made = await head({ conditional, unconditional, noise: drawn, position });
    writePosition(result.tokens, made.data, position);
    writePosition(result.conditional, conditional.data, position);
    writePosition(result.unconditional, unconditional.data, position);
    if (position < imageLength - 1) hidden = await next(made.data, position);
  }
  close();
  return result;
}

/** Decoding by the two programs, which are given all keys and values anew each time. */
async function decoding(
  { config, prefill, step }: RunningBackbone,
  { letters, count, rows }: Prompts,
  images: number,
): Promise<Decoding> {
  const { promptLength, vocabulary, token } = config;
  const length = sequenceLength(config);
  const cache = emptyCache(config, 2 * images);
  const outputs = await prefill({ letters: { shape: [count, promptLength, vocabulary], data: letters } });
  remember(config, cache, outputs, 0, rows);
  return {
    hidden: floats(outputs.hidden),
    close: () => undefined,
    next: async (tokens, position) => {
      const place = promptLength + position;
      const both = { shape: [2 * images, token], data: concatenate(tokens, tokens) };
      const mask = Float32Array.from({ length }, (_, i) => (i < place ? 0 : -1e9));
      const made = await step({
        token: both,
        place: { shape: [1, length], data: oneAt(length, place) },
        mask: { shape: [1, length], data: mask },
        ...pastFeeds(cache),
      });
      remember(config, cache, made, place);
      return floats(made.hidden);
    },
  };
}

/** One at an index, zero elsewhere [length]. */
export const oneAt = (length: number, index: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => (i === index ? 1 : 0));

/** The different ones among prompts [2B], each of so many numbers. */
function distinctPrompts(letters: Float32Array, size: number): Prompts {
  const places = new Map<string, number>();
  const distinct: Float32Array[] = [];
  const rows = Int32Array.from({ length: letters.length / size }, (_, row) => {
    const prompt = letters.subarray(row * size, (row + 1) * size);
    const key = prompt.join();
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, distinct.length);
    return distinct.push(prompt) - 1;
  });
  const packed = new Float32Array(distinct.length * size);
  for (const [i, prompt] of distinct.entries()) packed.set(prompt, i * size);
  return { letters: packed, count: distinct.length, rows };
}

/** Rows of [N, size], in the order that is given. */
function rowsOf(source: Float32Array, size: number, rows: Int32Array): Float32Array {
  const out = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) out.set(source.subarray(row * size, (row + 1) * size), i * size);
  return out;
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

/** Puts tokens [B, D] of one position into sequences [B, length, D]. */
export function writePosition(target: HostTensor<Float32Array>, rows: Float32Array, position: number): void {
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
