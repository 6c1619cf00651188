/**
 * Reading Python's pickles without Python: a machine that can only build plain data. Nothing is imported, no method of
 * an object is called, and a global that is not let through is refused by its name where it is first named.
 */
import { instructions } from './instructions.ts';
import { Machine, type Permitted } from './machine.ts';
import type { Value } from './value.ts';

/** The most instructions that a pickle may have; a model of a thousand tensors takes some 50,000. */
const MOST_INSTRUCTIONS = 4_000_000;

const STOP = 0x2e;

/** What a pickle holds, and the offset of the byte after it. */
export interface Unpickled {
  readonly value: Value;
  readonly end: number;
}

/** Runs the next instruction; false when it was the last. */
function step(machine: Machine): boolean {
  const { offset } = machine;
  machine.instruction = { offset, name: '' };
  const byte = machine.uint8();
  if (byte === STOP) return false;
  const instruction = instructions.get(byte);
  if (instruction === undefined) throw machine.fault(`0x${byte.toString(16).padStart(2, '0')} is no instruction`);
  machine.instruction = { offset, name: instruction.name };
  if (instruction.run === undefined) throw machine.fault('is not let through');
  instruction.run(machine);
  return true;
}

/** Reads the pickle that starts at an offset. Throws FileError naming the byte and the instruction, or the global. */
export function unpickle(place: string, bytes: Uint8Array, permitted: Permitted, start = 0): Unpickled {
  const machine = new Machine(place, bytes, start, permitted);
  for (let count = 1; step(machine); count++) {
    if (count >= MOST_INSTRUCTIONS) throw machine.fault(`expected at most ${MOST_INSTRUCTIONS} instructions`);
  }
  return { value: machine.result(), end: machine.offset };
}
