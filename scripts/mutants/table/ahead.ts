import type { NamedMutation } from '../named.ts';

/** Faults of what is computed once for many runs or rows, and of the headline's choice. */
export const aheadFaults: readonly NamedMutation[] = [
  {
    what: 'what waits for a size of the batch is computed ahead',
    file: 'src/engine/graph/ahead.ts',
    text: 'stays: inputs.length > 0 && inputs.every(',
    replacement: 'stays: inputs.every(',
  },
  {
    what: 'what costs nothing is computed ahead, too',
    file: 'src/engine/graph/ahead.ts',
    text: 'return stays && product &&',
    replacement: 'return stays &&',
  },
  {
    what: 'weights that are given anew do not stay',
    file: 'src/engine/compile-ahead.ts',
    text: 'new Set([...staying, ...Object.keys(weights)])',
    replacement: 'new Set(staying)',
  },
  {
    what: 'a product that sums over equal rows is one of a row',
    file: 'src/engine/graph/passes/rows-once.ts',
    text: "if (node.operation !== 'MatMul' || node.attributes.transA === 1)",
    replacement: "if (node.operation !== 'MatMul')",
  },
  {
    what: 'rows above rows are taken for rows beside rows',
    file: 'src/engine/graph/passes/rows-once.ts',
    text: "node.operation !== 'Concat' || node.attributes.axis !== output(node).shape.length - 1",
    replacement: "node.operation !== 'Concat'",
  },
  {
    what: 'a step is given the contexts of the chunk before',
    file: 'src/teachers/solve/teacher-solver.ts',
    text: 'await begin(context, at(times[0]), rows)',
    replacement: 'await begin(all.context, at(times[0]), rows)',
  },
  {
    what: 'two rows are as good as each other if one thing says so',
    file: 'src/report/trade.ts',
    text: 'holds.filter(Boolean).length >= 2',
    replacement: 'holds.filter(Boolean).length >= 1',
  },
];
