import { quoted } from '../../file/quoted.ts';
import { Cursor } from './cursor.ts';
import { Fault, Foreign, Global, isTuple, List, type Value } from './value.ts';

/** What a pickle may name: the globals that are let through, and what a persistent identifier stands for. */
export interface Permitted {
  global(name: string): Global | undefined;
  persistent(id: Value): Value | Fault;
}

/** The most lists, dictionaries, tuples and records that a pickle may build: a few hundred MB at the worst. */
const MOST_OBJECTS = 1_000_000;

/** A key in a message; nothing is said of one that is no text or number, which may be nested without end. */
const keyText = (key: Value): string =>
  typeof key === 'string' ? quoted(key) : typeof key === 'number' ? `${key}` : 'of an item';

/** The state of unpickling: a stack, the marks on it, and the values that are kept by number. */
export class Machine extends Cursor {
  readonly #stack: Value[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, Value>();
  #objects = 0;

  constructor(
    place: string,
    bytes: Uint8Array,
    offset: number,
    readonly permitted: Permitted,
  ) {
    super(place, bytes, offset);
  }

  push(value: Value): void {
    this.#stack.push(value);
  }

  pop(): Value {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  top(): Value {
    const value = this.#stack.at(-1);
    if (value === undefined || this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw this.fault('needs a value, the stack has none');
    }
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** The values above the last mark, which is taken away with them. */
  popMark(): Value[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.fault('needs a mark, the stack has none');
    return this.#stack.splice(mark);
  }

  /** The one value that is left at the end. */
  result(): Value {
    if (this.#marks.length > 0 || this.#stack.length > 1) throw this.fault('ends with more than one value');
    return this.pop();
  }

  /** Pushes a value that takes memory of its own. */
  build(value: Value | Fault): void {
    if (value instanceof Fault) throw this.fault(value.reason);
    this.#objects += 1;
    if (this.#objects > MOST_OBJECTS) throw this.fault(`builds more than ${MOST_OBJECTS} objects`);
    this.push(value);
  }

  remember(index: number): void {
    this.#memo.set(index, this.top());
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.fault(`asks for the value ${index}, which was not kept`);
    this.push(value);
  }

  append(items: readonly Value[]): void {
    const list = this.top();
    if (!(list instanceof List)) throw this.fault('appends to what is no list');
    for (const item of items) list.items.push(item);
  }

  /** Enters keys and values, in turn, in a dictionary. */
  enter(pairs: readonly Value[]): void {
    const dictionary = this.top();
    if (!(dictionary instanceof Map)) throw this.fault('sets an item of what is no dictionary');
    if (pairs.length % 2 !== 0) throw this.fault('has a key without a value');
    for (let i = 0; i < pairs.length; i += 2) {
      const [key, value] = [pairs[i] ?? null, pairs[i + 1] ?? null];
      if (dictionary.has(key)) throw this.fault(`the key ${keyText(key)} occurs twice`);
      dictionary.set(key, value);
    }
  }

  /** Names a global. Throws FileError unless it is let through. */
  name(module: string, name: string): void {
    const dotted = `${module}.${name}`;
    const global = this.permitted.global(dotted);
    if (global === undefined) {
      throw this.fault(`refuses ${quoted(dotted).slice(1, -1)}: only names that describe tensors are let through`);
    }
    this.push(global);
  }

  /** Calls a global that is let through, which makes plain data of plain data. */
  call(): void {
    const [args, called] = [this.pop(), this.pop()];
    if (!(called instanceof Global) || called.call === undefined) {
      throw this.fault(called instanceof Global ? `cannot call ${called.name}` : 'calls what is no global');
    }
    if (!isTuple(args)) throw this.fault(`calls ${called.name} with what is no tuple`);
    this.build(called.call(args));
  }

  /** Drops the state of an object: no dictionary of tensors keeps anything in its attributes. */
  dropState(): void {
    this.pop();
    const target = this.top();
    if (!(target instanceof Map) && !(target instanceof Foreign)) throw this.fault('sets the state of plain data');
  }

  persistent(): void {
    this.build(this.permitted.persistent(this.pop()));
  }
}
