import type { NamedMutation } from './named.ts';
import { aheadFaults } from './table/ahead.ts';
import { breakdownFaults } from './table/breakdown.ts';
import { commandFaults } from './table/command.ts';
import { continuousFaults } from './table/continuous.ts';
import { evaluationFaults } from './table/evaluation.ts';
import { flowFaults } from './table/flow.ts';
import { jumpFaults } from './table/jumps.ts';
import { methodFaults } from './table/methods.ts';
import { numberFaults } from './table/numbers.ts';
import { ownEndsFaults } from './table/own-ends.ts';
import { recomputeFaults } from './table/recompute.ts';
import { residentFaults } from './table/resident.ts';
import { solverFaults } from './table/solvers.ts';
import { storeFaults } from './table/store.ts';
import { taskFaults } from './table/tasks.ts';
import { timesFaults } from './table/times.ts';
import { trainingFaults } from './table/training.ts';
import { wireFaults } from './table/wires.ts';

/** Faults that the tests must notice, by hand. */
export const table: readonly NamedMutation[] = [
  ...wireFaults,
  ...methodFaults,
  ...jumpFaults,
  ...breakdownFaults,
  ...commandFaults,
  ...continuousFaults,
  ...trainingFaults,
  ...aheadFaults,
  ...recomputeFaults,
  ...numberFaults,
  ...residentFaults,
  ...evaluationFaults,
  ...flowFaults,
  ...solverFaults,
  ...timesFaults,
  ...ownEndsFaults,
  ...taskFaults,
  ...storeFaults,
];
