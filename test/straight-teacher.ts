import * as tf from '@tensorflow/tfjs';
import { guide } from '../src/heads/flow.ts';
import type { ContextRequest, Contexts, Teacher } from '../src/teachers/teacher.ts';

const token = 2;

/** What a hidden state of row `row` holds in place k: it tells split and row apart. */
export const hiddenAt = (split: ContextRequest['split'], row: number, k: number): number =>
  (split === 'test' ? 100 : 0) + 10 * row + k + 1;

/** The hidden state without the prompt: another one, told apart too. */
export const unpromptedAt = (split: ContextRequest['split'], row: number, k: number): number =>
  -hiddenAt(split, row, k) / 4;

/**
 * A teacher of straight paths: its velocity is the guided hidden state itself, wherever and whenever, so noise z lands
 * at z + u + w·(h − u) in any number of steps of any solver. What was asked of it is kept in `asked`.
 */
export function straightTeacher(): Teacher & { readonly asked: ContextRequest[] } {
  const asked: ContextRequest[] = [];
  const rows = (count: number, at: (row: number, k: number) => number) => ({
    shape: [count, token],
    data: Float32Array.from({ length: count * token }, (_, i) => at(Math.floor(i / token), i % token)),
  });
  return {
    asked,
    name: 'straight',
    hash: 'straight',
    token,
    condition: token,
    parameters: {},
    velocity: (_, { conditional, unconditional, w }) => {
      const states = [conditional, unconditional].map((state) => tf.expandDims(state, 1)); // [B, 1, D]
      const [h = tf.scalar(0), u = tf.scalar(0)] = states;
      return (x) => tf.add(tf.zerosLike(x), guide(h, u, w));
    },
    contexts: async (request): Promise<Contexts> => {
      asked.push(request);
      return {
        conditional: rows(request.rows, (row, k) => hiddenAt(request.split, row, k)),
        unconditional: rows(request.rows, (row, k) => unpromptedAt(request.split, row, k)),
        position: { shape: [request.rows], data: new Int32Array(request.rows) },
        provenance: { shape: [request.rows], data: new Int32Array(request.rows) },
      };
    },
    dispose: async () => {},
  };
}

/** How far noise is from where it lands under guidance w. */
export const shiftAt = (split: ContextRequest['split'], row: number, k: number, w: number): number => {
  const [h, u] = [hiddenAt(split, row, k), unpromptedAt(split, row, k)];
  return u + w * (h - u);
};
