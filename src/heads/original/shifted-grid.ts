/** Times of flow samplers, 0 noise, 1 data: `count` points equally spaced from 0 by `spacing`, each t/(s − (s − 1)·t). */
export const shiftedGrid = (count: number, spacing: number, shift: number): number[] =>
  Array.from({ length: count }, (_, i) => {
    const t = i * spacing;
    return t / (shift - (shift - 1) * t);
  });

/** NextStep-1's grid: n equal steps on [0, 1), shifted, then 1. */
export const closedGrid = (steps: number, shift: number): number[] => [...shiftedGrid(steps, 1 / steps, shift), 1];
