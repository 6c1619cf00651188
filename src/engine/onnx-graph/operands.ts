import type * as tf from '@tensorflow/tfjs';
import { DataError } from '../../ground/errors.ts';
import { type HostValue, isHost, kindOf, tensorOf, type Value } from './value.ts';

/** The operands of a node. What is missing or of the wrong kind is a DataError. */
export class Operands {
  readonly all: readonly (Value | undefined)[];

  constructor(all: readonly (Value | undefined)[]) {
    this.all = all;
  }

  /** Whether an operand is there. */
  has(index: number): boolean {
    return this.all[index] !== undefined;
  }

  /** An operand of any kind. */
  value(index: number): Value {
    const value = this.all[index];
    if (value === undefined) throw new DataError(`expected input ${index + 1}, got none`);
    return value;
  }

  /** All operands; none may be left out. */
  values(): readonly Value[] {
    return this.all.map((_, index) => this.value(index));
  }

  /** The shape of an operand. */
  shape(index: number): readonly number[] {
    return this.value(index).shape;
  }

  /** Floats, as a tensor. */
  tensor(index: number): tf.Tensor {
    return tensorOf(this.#ofKind(index, 'float'));
  }

  /** Floats, as a tensor; undefined where the operand is left out. */
  tensorIf(index: number): tf.Tensor | undefined {
    return this.has(index) ? this.tensor(index) : undefined;
  }

  /** Numbers that are known. */
  host(index: number): HostValue {
    const value = this.value(index);
    if (isHost(value)) return value;
    throw new DataError(`expected input ${index + 1} to be known before it is run, got what depends on data`);
  }

  /** Numbers that are known; undefined where the operand is left out. */
  numbers(index: number): readonly number[] | undefined {
    return this.has(index) ? [...this.host(index).data] : undefined;
  }

  /** A single number that is known; undefined where the operand is left out. */
  number(index: number): number | undefined {
    const numbers = this.numbers(index);
    if (numbers !== undefined && numbers.length !== 1)
      throw new DataError(`expected input ${index + 1} to be one number, got ${numbers.length}`);
    return numbers?.[0];
  }

  #ofKind(index: number, kind: 'float'): Value {
    const value = this.value(index);
    const got = kindOf(value);
    if (got !== kind) throw new DataError(`expected input ${index + 1} to hold floats, got ${got}s`);
    return value;
  }
}
