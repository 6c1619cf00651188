import { stream } from '../../../ground/random/philox.ts';
import { scaleAt } from '../../../heads/original/guidance-schedule.ts';
import {
  drawTokens,
  type RunningBackbone,
  type RunProgram,
  sideBySide,
  type TokenHead,
  writePosition,
} from '../../../teachers/backbone/draw.ts';
import { fromPatches } from '../../../teachers/data/patches.ts';
import { promptCode } from '../../../teachers/data/prompt.ts';
import { quantizeTokens } from '../../../teachers/data/token-normalization.ts';
import type { WebModelFile } from './model-file.ts';
import type { ResolvedRequest } from './request.ts';
import type { GeneratedImage } from './types.ts';

/** The programs of a drawing: the backbone's, and the student's sampler. */
export interface DrawingPrograms extends RunningBackbone {
  readonly sampler: RunProgram;
}

/** Draws images as `fewstep sample` does: the same noise of the same seed, as many side by side. */
export async function drawImages(
  file: WebModelFile,
  programs: DrawingPrograms,
  request: ResolvedRequest,
): Promise<GeneratedImage[]> {
  const { labels, seed, onToken } = request;
  const { imageLength, token } = file.backbone;
  const size = imageLength * token;
  const code = promptCode(file.data);
  const noise = stream('sample', seed, 'images').normal(labels.length * size);
  const canvas = emptyCanvas(file, labels.length);
  const head = studentHead(file, programs.sampler, request);
  for (let from = 0; from < labels.length; from += sideBySide) {
    const part = labels.slice(from, from + sideBySide);
    const letters = code.oneHot(part.map(code.of));
    const nullLetters = code.oneHot(part.map(() => code.nothing));
    const [start, end] = [from * size, (from + part.length) * size];
    const drawn = { shape: [part.length, imageLength, token], data: canvas.subarray(start, end) };
    await drawTokens(programs, { letters, nullLetters, noise: noise.subarray(start, end) }, async (asked) => {
      const made = await head(asked);
      writePosition(drawn, made.data, asked.position);
      const done = from * imageLength + part.length * (asked.position + 1);
      await onToken?.({ made: done, total: labels.length * imageLength, images: () => imagesOf(file, labels, canvas) });
      return made;
    });
  }
  return imagesOf(file, labels, canvas);
}

/** A student's sampler as the backbone asks it; new noise is of the stream that `fewstep sample` has. */
function studentHead(file: WebModelFile, run: RunProgram, request: ResolvedRequest): TokenHead {
  const { student, sampler, seed, guidance } = request;
  let calls = 0;
  const freshNoise = (rows: number, token: number) => ({
    shape: [rows, sampler.freshNoise, token],
    data: stream('sample', seed, 'fresh', calls++).normal(rows * sampler.freshNoise * token),
  });
  return async ({ conditional, unconditional, noise, position }) => {
    const [rows = 0, token = 0] = noise.shape;
    const scale = scaleAt({ guidance, schedule: file.schedule }, position, file.backbone.imageLength);
    const parts = { conditional, unconditional, w: { shape: [rows], data: new Float32Array(rows).fill(scale) } };
    const heard = Object.entries(student.inputs).map(([part, name]) => [name, parts[part as keyof typeof parts]]);
    const fresh = sampler.freshNoise > 0 && { fresh_noise: freshNoise(rows, token) };
    const { sample } = await run({ noise, ...Object.fromEntries(heard), ...fresh });
    return { shape: [rows, token], data: sample?.data as Float32Array };
  };
}

/** Tokens [N, L, D] of which none is drawn. */
function emptyCanvas({ blank, backbone }: WebModelFile, images: number): Float32Array {
  const canvas = new Float32Array(images * backbone.imageLength * blank.length);
  for (let at = 0; at < canvas.length; at += blank.length) canvas.set(blank, at);
  return canvas;
}

/** Tokens [N, L, D] as images. */
function imagesOf(file: WebModelFile, labels: readonly number[], tokens: Float32Array): GeneratedImage[] {
  const { data, patch, normalization } = file;
  const { size, channels, prompts } = data;
  const [height, width] = size;
  const scales = { mean: Float32Array.from(normalization.mean), std: Float32Array.from(normalization.std) };
  const bytes = fromPatches(quantizeTokens(tokens, scales), { size, channels, patch });
  const [pixels, length] = [height * width * channels, tokens.length / labels.length];
  return labels.map((label, i) => ({
    prompt: prompts[label] ?? '',
    ...{ width, height, channels },
    pixels: Uint8ClampedArray.from(bytes.subarray(i * pixels, (i + 1) * pixels)),
    tokens: tokens.slice(i * length, (i + 1) * length),
  }));
}
