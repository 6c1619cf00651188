/** The instructions of pickles of protocols 2 to 5 (docs.python.org, `pickletools`) that build plain data. */
import type { Machine } from './machine.ts';
import { List, type Value } from './value.ts';

/** An instruction: its name, and what it does. Without an action it is refused. */
export interface Instruction {
  readonly name: string;
  readonly run?: (machine: Machine) => void;
}

/** The longest integer that is read, in bytes: decoding takes the square of the length. */
const LONGEST_INTEGER = 64;

function integer(machine: Machine, length: number): number | bigint {
  if (length > LONGEST_INTEGER) throw machine.fault(`an integer of ${length} bytes, expected at most 64`);
  const bytes = machine.take(length);
  const unsigned = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const signed = BigInt.asIntN(8 * length, unsigned);
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

const empty: readonly Value[] = [];

function tuple(machine: Machine, length: number): void {
  const items: Value[] = [];
  for (let i = 0; i < length; i++) items.unshift(machine.pop());
  machine.build(items);
}

function dictionary(machine: Machine): void {
  const pairs = machine.popMark();
  machine.build(new Map());
  machine.enter(pairs);
}

function list(machine: Machine): void {
  const items = machine.popMark();
  machine.build(new List());
  machine.append(items);
}

function append(machine: Machine): void {
  const item = machine.pop();
  machine.append([item]);
}

function setItem(machine: Machine): void {
  const [value, key] = [machine.pop(), machine.pop()];
  machine.enter([key, value]);
}

function protocol(machine: Machine): void {
  const version = machine.uint8();
  if (version < 2 || version > 5) throw machine.fault(`protocol ${version}, expected 2 to 5`);
}

function frame(machine: Machine): void {
  const [length, left] = [machine.uint64(), machine.bytes.byteLength - machine.offset];
  if (length > left) throw machine.fault(`a frame of ${length} bytes, the file has ${left} more`);
}

function nameOnStack(machine: Machine): void {
  const [name, module] = [machine.pop(), machine.pop()];
  if (typeof module !== 'string' || typeof name !== 'string') throw machine.fault('needs the texts of a name');
  machine.name(module, name);
}

/** INST names a class and calls it at once: the name decides whether it is refused by name or as an instruction. */
function instance(machine: Machine): void {
  machine.name(machine.line(), machine.line());
  throw machine.fault('is not let through');
}

const of = (name: string, run?: (machine: Machine) => void): Instruction => ({ name, ...(run && { run }) });

/** Instructions by their byte. Bytes that are not here are none. */
export const instructions: ReadonlyMap<number, Instruction> = new Map([
  [0x80, of('PROTO', protocol)],
  [0x95, of('FRAME', frame)],
  [0x4e, of('NONE', (m) => m.push(null))],
  [0x88, of('NEWTRUE', (m) => m.push(true))],
  [0x89, of('NEWFALSE', (m) => m.push(false))],
  [0x4a, of('BININT', (m) => m.push(m.int32()))],
  [0x4b, of('BININT1', (m) => m.push(m.uint8()))],
  [0x4d, of('BININT2', (m) => m.push(m.uint16()))],
  [0x8a, of('LONG1', (m) => m.push(integer(m, m.uint8())))],
  [0x8b, of('LONG4', (m) => m.push(integer(m, m.uint32())))],
  [0x47, of('BINFLOAT', (m) => m.push(m.float64()))],
  [0x58, of('BINUNICODE', (m) => m.push(m.text(m.uint32())))],
  [0x8c, of('SHORT_BINUNICODE', (m) => m.push(m.text(m.uint8())))],
  [0x8d, of('BINUNICODE8', (m) => m.push(m.text(m.uint64())))],
  [0x55, of('SHORT_BINSTRING', (m) => m.push(m.text(m.uint8())))], // text of Python 2
  [0x54, of('BINSTRING', (m) => m.push(m.text(m.uint32())))],
  [0x42, of('BINBYTES', (m) => m.push(m.take(m.uint32())))],
  [0x43, of('SHORT_BINBYTES', (m) => m.push(m.take(m.uint8())))],
  [0x8e, of('BINBYTES8', (m) => m.push(m.take(m.uint64())))],
  [0x28, of('MARK', (m) => m.mark())],
  [0x30, of('POP', (m) => m.pop())],
  [0x31, of('POP_MARK', (m) => m.popMark())],
  [0x32, of('DUP', (m) => m.push(m.top()))],
  [0x29, of('EMPTY_TUPLE', (m) => m.push(empty))],
  [0x85, of('TUPLE1', (m) => tuple(m, 1))],
  [0x86, of('TUPLE2', (m) => tuple(m, 2))],
  [0x87, of('TUPLE3', (m) => tuple(m, 3))],
  [0x74, of('TUPLE', (m) => m.build(m.popMark()))],
  [0x5d, of('EMPTY_LIST', (m) => m.build(new List()))],
  [0x6c, of('LIST', list)],
  [0x61, of('APPEND', append)],
  [0x65, of('APPENDS', (m) => m.append(m.popMark()))],
  [0x7d, of('EMPTY_DICT', (m) => m.build(new Map()))],
  [0x64, of('DICT', dictionary)],
  [0x73, of('SETITEM', setItem)],
  [0x75, of('SETITEMS', (m) => m.enter(m.popMark()))],
  [0x8f, of('EMPTY_SET', (m) => m.build(new List()))], // sets are kept as lists: nothing here looks into one
  [0x90, of('ADDITEMS', (m) => m.append(m.popMark()))],
  [0x91, of('FROZENSET', (m) => m.build(m.popMark()))],
  [0x71, of('BINPUT', (m) => m.remember(m.uint8()))],
  [0x72, of('LONG_BINPUT', (m) => m.remember(m.uint32()))],
  [0x94, of('MEMOIZE', (m) => m.rememberNext())],
  [0x68, of('BINGET', (m) => m.recall(m.uint8()))],
  [0x6a, of('LONG_BINGET', (m) => m.recall(m.uint32()))],
  [0x63, of('GLOBAL', (m) => m.name(m.line(), m.line()))],
  [0x93, of('STACK_GLOBAL', nameOnStack)],
  [0x52, of('REDUCE', (m) => m.call())],
  [0x81, of('NEWOBJ', (m) => m.call())],
  [0x62, of('BUILD', (m) => m.dropState())],
  [0x51, of('BINPERSID', (m) => m.persistent())],
  [0x69, of('INST', instance)],
  [0x6f, of('OBJ')],
  [0x92, of('NEWOBJ_EX')],
  [0x50, of('PERSID')],
  [0x82, of('EXT1')],
  [0x83, of('EXT2')],
  [0x84, of('EXT4')],
  [0x96, of('BYTEARRAY8')],
  [0x97, of('NEXT_BUFFER')],
  [0x98, of('READONLY_BUFFER')],
  [0x46, of('FLOAT')],
  [0x49, of('INT')],
  [0x4c, of('LONG')],
  [0x53, of('STRING')],
  [0x56, of('UNICODE')],
  [0x67, of('GET')],
  [0x70, of('PUT')],
]);
