import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import type { TokenHead } from '../backbone/draw.ts';
import { type ImageDataSet, imageLength, loadedImages } from '../data/image-data-set.ts';
import { rowsAt } from '../solve/chunk.ts';
import type { ContextRequest, Contexts } from '../teacher.ts';
import type { HiddenStates, ImageBackbone } from './backbone.ts';

/** Makes the head that samples free-running prefixes, image i under guidance w[i]. */
export type GuidedHead = (w: Float32Array) => Promise<TokenHead>;

/** What contexts are made of: the length of a token, and the images. */
export interface ContextSizes {
  readonly token: number;
  readonly data: ImageDataSet;
}

/**
 * Contexts of whole images, position after position: first those over real images of the split, then those over
 * images that the teacher draws itself. Of contexts apart, one of each such image.
 */
export async function imageContexts(
  model: ImageBackbone,
  sizes: ContextSizes,
  request: ContextRequest,
  head: GuidedHead,
): Promise<Contexts> {
  if (request.apart !== true) return wholeImages(model, sizes, request, head);
  const { tokens } = model;
  const all = await wholeImages(model, sizes, { ...request, rows: request.rows * tokens }, head);
  const rows = Array.from({ length: request.rows }, (_, image) => image * tokens + (image % tokens));
  return {
    conditional: rowsAt(all.conditional, rows),
    unconditional: rowsAt(all.unconditional, rows),
    position: numbersAt(all.position, rows),
    provenance: numbersAt(all.provenance, rows),
  };
}

const numbersAt = ({ data }: HostTensor<Int32Array>, rows: readonly number[]): HostTensor<Int32Array> => ({
  shape: [rows.length],
  data: Int32Array.from(rows, (row) => data[row] ?? 0),
});

async function wholeImages(
  model: ImageBackbone,
  { token, data }: ContextSizes,
  request: ContextRequest,
  head: GuidedHead,
): Promise<Contexts> {
  const free = Math.round(request.rows * request.freeRunning);
  const forced = request.rows - free;
  const parts = [
    truncate(await realStates(model, data, Math.ceil(forced / model.tokens), request), forced),
    truncate(await ownStates(model, { token, data }, Math.ceil(free / model.tokens), request, head), free),
  ];
  return {
    conditional: join(parts.map(({ conditional }) => conditional)),
    unconditional: join(parts.map(({ unconditional }) => unconditional)),
    position: { shape: [request.rows], data: positions(request.rows, forced, model.tokens) },
    provenance: { shape: [request.rows], data: Int32Array.from({ length: request.rows }, (_, i) => +(i >= forced)) },
  };
}

async function realStates(
  model: ImageBackbone,
  data: ImageDataSet,
  count: number,
  { key, split }: ContextRequest,
): Promise<HiddenStates> {
  const numbers = stream(...key, 'real');
  const { images, labels, count: available } = loadedImages(data, split);
  const rows = numbers.integers(count, available);
  const size = imageLength(data);
  const chosen = new Uint8Array(count * size);
  for (const [i, row] of rows.entries()) chosen.set(images.subarray(row * size, (row + 1) * size), i * size);
  const classes = Array.from(rows, (row) => labels[row] ?? 0);
  return model.hiddenStates(classes, model.encode(chosen, numbers.uniform(chosen.length)));
}

async function ownStates(
  model: ImageBackbone,
  { token, data }: ContextSizes,
  count: number,
  { key, guidance }: ContextRequest,
  head: GuidedHead,
): Promise<HiddenStates> {
  const numbers = stream(...key, 'own');
  const classes = numbers.integers(count, data.prompts.length);
  const w = numbers.uniform(count).map((u) => guidance.min + u * (guidance.max - guidance.min));
  if (count === 0) return { conditional: nothing(), unconditional: nothing() };
  return model.sample(classes, numbers.normal(count * model.tokens * token), await head(w));
}

const nothing = (): HostTensor<Float32Array> => ({ shape: [0, 0], data: new Float32Array(0) });

function positions(rows: number, forced: number, tokens: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, i) => (i < forced ? i : i - forced) % tokens);
}

/** The first rows of [N, H] or [N, T, H], as [rows, H]. */
function truncate({ conditional, unconditional }: HiddenStates, rows: number): HiddenStates {
  const cut = ({ shape, data }: HostTensor<Float32Array>): HostTensor<Float32Array> => {
    const width = shape.at(-1) ?? 0;
    return { shape: [rows, width], data: data.subarray(0, rows * width) };
  };
  return { conditional: cut(conditional), unconditional: cut(unconditional) };
}

function join(parts: readonly HostTensor<Float32Array>[]): HostTensor<Float32Array> {
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  const width = Math.max(...parts.map(({ shape }) => shape[1] ?? 0));
  const data = new Float32Array(rows * width);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { shape: [rows, width], data };
}
