import type { NamedMutation } from '../named.ts';

/** Faults of gradients that compute activations again. */
export const recomputeFaults: readonly NamedMutation[] = [
  {
    what: 'activations are computed again at once, and kept',
    file: 'src/engine/graph/recompute/recompute.ts',
    text: "first : apply('Sum', elements);",
    replacement: 'scalar(1) : scalar(1);',
  },
  {
    what: 'what is computed again takes infinities of gradients that it waits for',
    file: 'src/engine/graph/recompute/recompute.ts',
    text: "apply('Greater', [together, scalar(Number.POSITIVE_INFINITY)])",
    replacement: "apply('Mul', [together, scalar(0)])",
  },
  {
    what: 'what is computed again is the same to the runtime',
    file: 'src/engine/graph/recompute/recompute.ts',
    text: "apply('Add', [value, nothing])",
    replacement: 'value',
  },
  {
    what: 'weights are copied to compute activations again',
    file: 'src/engine/graph/recompute/recompute.ts',
    text: "if (value.dtype !== 'float32' || !moving(value)) return value;",
    replacement: "if (value.dtype !== 'float32') return value;",
  },
  {
    what: 'a segment waits for gradients that wait for it',
    file: 'src/engine/graph/recompute/due.ts',
    text: '.slice(0, index + 1)',
    replacement: '.slice(0, index)',
  },
  {
    what: 'what is quickly made is made long before it is used',
    file: 'src/engine/graph/recompute/order.ts',
    text: 'depthOf(a) - depthOf(b)',
    replacement: 'depthOf(b) - depthOf(a)',
  },
  {
    what: 'what crosses a cut is not kept',
    file: 'src/engine/graph/recompute/segments.ts',
    text: 'made <= cut && cut < lastUse',
    replacement: 'made < cut && cut < lastUse',
  },
  {
    what: 'a training keeps its activations whatever is asked',
    file: 'src/engine/training/stepping/host.ts',
    text: '{ engine, turn, precision, recompute }',
    replacement: '{ engine, turn, precision }',
  },
];
