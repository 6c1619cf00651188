import type { Teacher } from '../src/teachers/teacher.ts';
import { hiddenAt, straightTeacher } from './straight-teacher.ts';

/** Where the own sampler of that teacher ends from a noise, which is nowhere near its flow. */
export const ownEndAt = (split: 'train' | 'test', row: number, k: number, noise: number): number =>
  noise - 1000 * hiddenAt(split, row, k);

/** The straight teacher with a sampler of its own; the keys that it was opened with are kept in `opened`. */
export function ownTeacher() {
  const opened: (readonly (string | number)[])[] = [];
  const closed: number[] = [];
  const own: Teacher['own'] = {
    ...{ rule: 'made up', steps: 5, evaluations: 3 },
    open: async (_, key) => {
      opened.push(key);
      return {
        ends: async ({ noise, conditional }) => {
          const [, draws = 1, token = 1] = noise.shape;
          const hidden = (i: number): number =>
            conditional.data[Math.floor(i / (draws * token)) * token + (i % token)] ?? Number.NaN;
          return { shape: noise.shape, data: noise.data.map((z, i) => z - 1000 * hidden(i)) };
        },
        dispose: async () => void closed.push(1),
      };
    },
  };
  return { ...straightTeacher(), own, opened, closed };
}
