import { compile } from '../../engine/compile.ts';
import { named } from '../../engine/graph/named.ts';
import type { Engine, Program } from '../../engine/graph/program.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import type { SampledTokens, TokenHead } from '../backbone/draw.ts';
import { type BackboneSampler, backboneSampler, stagedSampler } from '../backbone/sampler.ts';
import { forward } from '../backbone/transformer.ts';
import { fromPatches, toPatches } from '../data/patches.ts';
import { type PromptCode, promptCode } from '../data/prompt.ts';
import { imageDataSet } from '../data/table.ts';
import { normalizeTokens, quantizeTokens, type TokenNormalization } from '../data/token-normalization.ts';
import { under } from './model.ts';
import type { ImageWeights } from './weights.ts';

/** Images of one call of a program. */
const CHUNK = 64;

/** Hidden states of both branches of guidance, one row a token: [N·T, H]. */
export interface HiddenStates {
  readonly conditional: HostTensor<Float32Array>;
  readonly unconditional: HostTensor<Float32Array>;
}

type Draw = (classes: ArrayLike<number>, noise: Float32Array, head: TokenHead) => Promise<SampledTokens>;

/** The autoregressive part of an image model, without its head. Classes are labels of its data. */
export interface ImageBackbone {
  /** T: tokens of an image. */
  readonly tokens: number;
  /** How pixels become tokens. */
  readonly normalization: TokenNormalization;
  /** Draws an image for each class [N] with any head: noise [N, T, D]. */
  readonly sample: Draw;
  /** The same for images that nothing is trained on, as fast as this machine does it: the last bits differ. */
  readonly draw: Draw;
  /** Tokens [N, T, D] as images [N, height, width, channels] of bytes. */
  readonly decode: (tokens: Float32Array) => Uint8Array;
  /** Images [N, height, width, channels] as the tokens [N, T, D] that the model learns; `fraction` in (0, 1) fills the lost bits. */
  readonly encode: (images: Uint8Array, fraction: Float32Array) => Float32Array;
  /** Hidden states over given tokens [N, T, D] (teacher forcing). */
  readonly hiddenStates: (classes: ArrayLike<number>, tokens: Float32Array) => Promise<HiddenStates>;
  /** Frees the programs. */
  readonly dispose: () => Promise<void>;
}

/** The backbone of trained weights; its programs are compiled when they are first needed. */
export function imageBackbone({ config, parameters, normalization }: ImageWeights, engine: Engine): ImageBackbone {
  const weights = under('backbone', parameters);
  const dataSet = imageDataSet(config.data);
  const code = promptCode(dataSet);
  const grid = { ...dataSet, patch: config.patch };
  const sampler = once(() => backboneSampler(weights, config.backbone, engine));
  const staged = once(() => stagedSampler(weights, config.backbone, engine));
  const whole = once(() => compileForward(weights, config.backbone, engine));
  return {
    tokens: config.backbone.imageLength,
    normalization,
    sample: async (classes, noise, head) => sampleImages(await sampler.get(), code, classes, noise, head),
    draw: async (classes, noise, head) => sampleImages(await staged.get(), code, classes, noise, head),
    decode: (tokens) => fromPatches(quantizeTokens(tokens, normalization), grid),
    encode: (images, fraction) => normalizeTokens(toPatches(images, grid), fraction, normalization),
    hiddenStates: async (classes, tokens) => teacherForced(await whole.get(), config.backbone, code, classes, tokens),
    dispose: async () => {
      await sampler.dispose();
      await staged.dispose();
      await whole.dispose();
    },
  };
}

const conditionalLetters = (code: PromptCode, classes: ArrayLike<number>): Float32Array =>
  code.oneHot(Array.from(classes, code.of));

const nullLetters = (code: PromptCode, rows: number): Float32Array =>
  code.oneHot(Array.from({ length: rows }, () => code.nothing));

const sampleImages = (
  sampler: BackboneSampler,
  code: PromptCode,
  classes: ArrayLike<number>,
  noise: Float32Array,
  head: TokenHead,
): Promise<SampledTokens> =>
  sampler.sample(
    { letters: conditionalLetters(code, classes), nullLetters: nullLetters(code, classes.length), noise },
    head,
  );

type Backbone = ImageWeights['config']['backbone'];

function compileForward(weights: Parameters, backbone: Backbone, engine: Engine): Promise<Program> {
  return compile(
    (inputs) => ({ hidden: forward(inputs, backbone, named(inputs, 'letters'), named(inputs, 'tokens')).hidden }),
    {
      letters: { shape: ['batch', backbone.promptLength, backbone.vocabulary] },
      tokens: { shape: ['batch', backbone.imageLength, backbone.token] },
    },
    { engine, constants: weights },
  );
}

async function teacherForced(
  program: Program,
  backbone: Backbone,
  code: PromptCode,
  classes: ArrayLike<number>,
  tokens: Float32Array,
): Promise<HiddenStates> {
  const count = classes.length;
  const { imageLength, width } = backbone;
  const run = (letters: Float32Array) => inChunks(program, backbone, letters, tokens, count);
  const shape = [count * imageLength, width];
  return {
    conditional: { shape, data: await run(conditionalLetters(code, classes)) },
    unconditional: { shape, data: await run(nullLetters(code, count)) },
  };
}

async function inChunks(
  program: Program,
  backbone: Backbone,
  letters: Float32Array,
  tokens: Float32Array,
  count: number,
): Promise<Float32Array> {
  const { imageLength, width, promptLength, vocabulary, token } = backbone;
  const out = new Float32Array(count * imageLength * width);
  const part = (data: Float32Array, shape: readonly [number, number], from: number, to: number): HostTensor => {
    const size = shape[0] * shape[1];
    return { shape: [to - from, ...shape], data: data.subarray(from * size, to * size) };
  };
  for (let from = 0; from < count; from += CHUNK) {
    const to = Math.min(count, from + CHUNK);
    const { hidden } = await program.run({
      letters: part(letters, [promptLength, vocabulary], from, to),
      tokens: part(tokens, [imageLength, token], from, to),
    });
    if (hidden !== undefined) out.set(hidden.data, from * imageLength * width);
  }
  return out;
}

/** A thing that is made when first asked for, and freed if it was. */
function once<Thing extends { readonly dispose: () => Promise<void> }>(make: () => Promise<Thing>) {
  let made: Promise<Thing> | undefined;
  return {
    get: (): Promise<Thing> => {
      made ??= make();
      return made;
    },
    dispose: async (): Promise<void> => {
      await (await made)?.dispose();
      made = undefined;
    },
  };
}
