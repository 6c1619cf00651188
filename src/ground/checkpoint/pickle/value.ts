/** A thing that a format's own globals make; it has no meaning to the pickle machine. */
export abstract class Foreign {
  abstract readonly kind: string;
}

/** A record that is of no use for weights, such as the arguments of a command line: only its class's name is kept. */
export class Inert extends Foreign {
  readonly kind = 'inert';
  constructor(readonly name: string) {
    super();
  }
}

/** A Python list; tuples are plain arrays. */
export class List {
  readonly items: Value[] = [];
}

/** A global that is let through, and what calling it gives: plain data, or why it is not. */
export class Global {
  constructor(
    readonly name: string,
    readonly call?: (args: readonly Value[]) => Value | Fault,
  ) {}
}

/** Why an instruction is refused. */
export class Fault {
  constructor(readonly reason: string) {}
}

/** What a pickle may build. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Value[]
  | List
  | Map<Value, Value>
  | Global
  | Foreign;

/** Whether a value is a tuple. */
export const isTuple = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);
