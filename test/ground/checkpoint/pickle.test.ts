import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instructions } from '../../../src/ground/checkpoint/pickle/instructions.ts';
import { unpickle } from '../../../src/ground/checkpoint/pickle/unpickle.ts';
import { List, type Value } from '../../../src/ground/checkpoint/pickle/value.ts';
import { torchNames } from '../../../src/ground/checkpoint/torch/globals.ts';
import { Tensor } from '../../../src/ground/checkpoint/torch/tensor.ts';
import { FileError } from '../../../src/ground/errors.ts';

const text = (value: string) => Buffer.concat([Buffer.from([0x8c, Buffer.byteLength(value)]), Buffer.from(value)]);
const int = (value: number) => {
  const bytes = Buffer.alloc(5, 0x4a);
  bytes.writeInt32LE(value, 1);
  return bytes;
};
const name = (module: string, attribute: string) => Buffer.from(`c${module}\n${attribute}\n`);
type Part = string | Buffer | number;

/** A pickle of parts: texts are instructions of one letter each, numbers are bytes. */
const pickle = (...parts: readonly Part[]) =>
  Buffer.concat([
    Buffer.from([0x80, 2]),
    ...parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))),
    Buffer.from('.'),
  ]);
const read = (...parts: readonly Part[]): Value => unpickle('a.pth', pickle(...parts), torchNames()).value;

function refusal(...parts: readonly Part[]): string {
  try {
    read(...parts);
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    return error instanceof Error ? error.message : '';
  }
  return 'nothing was refused';
}

const storage = (key: string, elements: number, type = 'FloatStorage') =>
  Buffer.concat([
    Buffer.from('('),
    text('storage'),
    name('torch', type),
    text(key),
    text('cpu'),
    int(elements),
    Buffer.from('tQ'),
  ]);
/** The call that makes a tensor of a storage of 6 elements. */
const tensor = (offset: Part, size: Part, stride: Part, ...more: Part[]) => [
  name('torch._utils', '_rebuild_tensor_v2'),
  '(',
  storage('0', 6),
  offset,
  size,
  stride,
  0x89,
  ')',
  ...more,
  'tR',
];
const tuple = (...items: number[]) => Buffer.concat([Buffer.from('('), ...items.map(int), Buffer.from('t')]);

describe('unpickle', () => {
  it('builds plain data, shared where the pickle shares it', () => {
    const list = read(']', 'q', 1, '(', 'K', 7, 'h', 1, 'N', 0x88, 'e');
    expect(list).toBeInstanceOf(List);
    const items = list instanceof List ? list.items : [];
    expect(items[0]).toBe(7);
    expect(items[1]).toBe(list);
    expect(items.slice(2)).toEqual([null, true]);
    expect(read('}', '(', text('a'), 'M', 1, 2, text('b'), 'G', Buffer.from('3ff8000000000000', 'hex'), 'u')).toEqual(
      new Map([
        ['a', 513],
        ['b', 1.5],
      ]),
    );
    expect(read('K', 1, 'K', 2, 0x86)).toEqual([1, 2]);
  });

  it('reads integers of any sign up to 64 bytes, exactly', () => {
    expect(read(0x8a, 0)).toBe(0);
    expect(read(0x8a, 1, 0xff)).toBe(-1);
    expect(read(0x8a, 2, 0, 0x80)).toBe(-32768);
    expect(read(0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1)).toBe(2n ** 64n);
    expect(refusal(0x8a, 65, Buffer.alloc(65))).toBe(
      'a.pth: byte 2 (LONG1): an integer of 65 bytes, expected at most 64',
    );
    expect(refusal(0x8b, Buffer.from('ffffff7f', 'hex'))).toContain('(LONG4): an integer of 2147483647 bytes');
  });

  it('makes a tensor of a storage, and drops what lies beside weights', () => {
    const made = read(...tensor(int(1), tuple(2, 2), tuple(1, 2)));
    expect(made).toBeInstanceOf(Tensor);
    expect(made).toMatchObject({ offset: 1, shape: [2, 2], strides: [1, 2], storage: { key: '0', elements: 6 } });
    expect(read(name('argparse', 'Namespace'), ')', 0x81, '}', 'b')).toMatchObject({ name: 'argparse.Namespace' });
    expect(read(name('collections', 'OrderedDict'), ')', 'R', '}', 'b')).toEqual(new Map());
  });
});

describe('a hostile pickle', () => {
  it.each([
    ['GLOBAL and REDUCE', [name('os', 'system'), text('true'), 0x85, 'R'], 'byte 2 (GLOBAL): refuses os.system:'],
    ['STACK_GLOBAL', [text('builtins'), text('eval'), 0x93], 'byte 18 (STACK_GLOBAL): refuses builtins.eval:'],
    ['NEWOBJ', [name('subprocess', 'Popen'), ')', 0x81], '(GLOBAL): refuses subprocess.Popen:'],
    ['INST', ['(', text('true'), 'i', 'posix\nsystem\n'], 'byte 9 (INST): refuses posix.system:'],
    ['OBJ', ['(', name('posix', 'system'), text('true'), 'o'], '(GLOBAL): refuses posix.system:'],
    ['a dotted path', [text('torch'), text('serialization.os.system'), 0x93], 'refuses torch.serialization.os.system:'],
    ['an inherited property', [name('constructor', 'constructor')], 'refuses constructor.constructor:'],
    ['a loader of its own', [name('torch.storage', '_load_from_bytes')], 'refuses torch.storage._load_from_bytes:'],
    ['the state of an object', ['}', name('builtins', 'exec'), 'b'], 'refuses builtins.exec:'],
    ['a name with control characters', [name('a\u001b[2J', 'b')], 'refuses a\\u001b[2J.b:'],
    ['a persistent identifier', [name('builtins', 'open'), 'Q'], 'refuses builtins.open:'],
  ] as [string, Part[], string][])(
    'that reaches for a function through %s is refused by its name',
    (_, parts, message) => {
      expect(refusal(...parts)).toContain(`a.pth: byte`);
      expect(refusal(...parts)).toContain(message);
    },
  );

  it.each([
    ['OBJ of a name that is let through', ['(', name('argparse', 'Namespace'), 'o'], '(OBJ): is not let through'],
    ['INST of one', ['(', 'i', 'argparse\nNamespace\n'], '(INST): is not let through'],
    ['an extension', [0x82, 1], '(EXT1): is not let through'],
    ['a text identifier', ['P', 'x\n'], '(PERSID): is not let through'],
    ['an unknown byte', [0xff], 'byte 2: 0xff is no instruction'],
    ['an old protocol', [0x80, 0], '(PROTO): protocol 0, expected 2 to 5'],
    ['a call of plain data', ['K', 1, ')', 'R'], '(REDUCE): calls what is no global'],
    ['a call of a type of storage', [name('torch', 'FloatStorage'), ')', 'R'], 'cannot call torch.FloatStorage'],
    ['a call with no tuple', [name('torch', 'Size'), ']', 'R'], 'calls torch.Size with what is no tuple'],
    ['an empty stack', ['0'], 'byte 2 (POP): needs a value, the stack has none'],
    ['a value below a mark', ['N', '(', 'a'], '(APPEND): needs a value, the stack has none'],
    ['a missing mark', ['N', 't'], '(TUPLE): needs a mark, the stack has none'],
    ['an unknown memory', ['h', 3], '(BINGET): asks for the value 3, which was not kept'],
    ['an item of a tuple', [')', 'N', 'a'], '(APPEND): appends to what is no list'],
    ['a key without a value', ['}', '(', 'N', 'u'], '(SETITEMS): has a key without a value'],
    ['a key twice', ['}', '(', text('w'), 'N', text('w'), 'N', 'u'], 'the key "w" occurs twice'],
    ['state for plain data', ['K', 1, '}', 'b'], '(BUILD): sets the state of plain data'],
    ['a second value', ['N', 'N'], 'ends with more than one value'],
    [
      'bytes beyond the end',
      ['B', Buffer.from('ffffffff', 'hex')],
      '(BINBYTES): expected 4294967295 more bytes, got 1',
    ],
    ['a text beyond the end', [0x8d, Buffer.alloc(8, 0xff)], '(BINUNICODE8): expected 18446744073709552000 more bytes'],
    ['a text that is no UTF-8', [0x8c, 1, 0xff], '(SHORT_BINUNICODE): expected text in UTF-8'],
    ['an endless name', ['c', 'x'.repeat(2000)], '(GLOBAL): expected a name that ends within 1024 bytes'],
    ['a frame beyond the end', [0x95, Buffer.alloc(8, 0x7f)], '(FRAME): a frame of'],
  ] as [string, Part[], string][])('with %s is refused', (_, parts, message) => {
    expect(refusal(...parts)).toContain(message);
  });

  it.each([
    [
      'reaches beyond its storage',
      tensor(int(3), tuple(2, 2), tuple(2, 1)),
      'reaches beyond its storage of 6 elements',
    ],
    ['has a negative offset', tensor(int(-1), tuple(2), tuple(1)), 'needs an offset'],
    ['has a negative size', tensor(int(0), tuple(-2), tuple(1)), 'none of them negative'],
    ['has a negative stride', tensor(int(5), tuple(2), tuple(-1)), 'none of them negative'],
    ['has fewer strides than sizes', tensor(int(0), tuple(2, 2), tuple(1)), 'as many sizes as strides'],
    [
      'has endless dimensions',
      tensor(int(0), tuple(...Array(17).fill(1)), tuple(...Array(17).fill(0))),
      'as many sizes',
    ],
    ['is beyond counting', tensor(int(0), tuple(...Array(4).fill(2 ** 30)), tuple(0, 0, 0, 0)), 'is beyond counting'],
    ['repeats an element a million times a million', tensor(int(0), tuple(1e6, 1e6), tuple(0, 0)), 'too often'],
    ['has no storage', [name('torch._utils', '_rebuild_tensor_v2'), '(', 'N', 't', 'R'], 'a tensor without a storage'],
    ['has a fraction as size', tensor(int(0), Buffer.from('473ff800000000000085', 'hex'), tuple(1)), 'needs an offset'],
  ] as [string, Part[], string][])('whose tensor %s is refused', (_, parts, message) => {
    expect(refusal(...parts)).toContain(message);
    expect(refusal(...parts)).toContain('(REDUCE): a tensor');
  });

  it.each([
    ['is described twice', ['(', storage('0', 6), storage('0', 7), 't'], 'the storage 0 is 7 F32 here, and not before'],
    ['has two types', ['(', storage('0', 6), storage('0', 6, 'HalfStorage'), 't'], 'the storage 0 is 6 F16 here'],
    ['has a path as key', [storage('../0', 6)], 'a storage needs a plain key'],
    ['has a negative count', [storage('0', -6)], 'the storage 0 needs a count of elements'],
    ['is of an unknown type', [storage('0', 6, 'ComplexFloatStorage')], 'refuses torch.ComplexFloatStorage'],
    ['is no storage', ['(', text('module'), name('torch', 'Size'), 't', 'Q'], 'expected the identifier of a storage'],
  ] as [string, Part[], string][])('whose storage %s is refused', (_, parts, message) => {
    expect(refusal(...parts)).toContain(message);
  });

  it('that nests lists a hundred thousand deep is read without recursion', () => {
    expect(read(']'.repeat(100_001), 'a'.repeat(100_000))).toBeInstanceOf(List);
  });

  it('that doubles a list fifty times by its memory takes the room of fifty lists', () => {
    let parts: Part[] = [']', 'q', 0];
    for (let level = 1; level <= 50; level++)
      parts = [...parts, ']', '(', 'h', level - 1, 'h', level - 1, 'e', 'q', level];
    const value = read('(', ...parts, 't');
    expect(Array.isArray(value) ? value.length : 0).toBe(51);
  });

  it('whose keys are nested without end is refused without writing them out', () => {
    let parts: Part[] = [')', 'q', 0];
    for (let level = 1; level <= 50; level++) parts = [...parts, '0', 'h', level - 1, 'h', level - 1, 0x86, 'q', level];
    expect(refusal(...parts, '0', '}', '(', 'h', 50, 'N', 'h', 50, 'N', 'u')).toContain(
      'the key of an item occurs twice',
    );
  });

  it('that builds lists without end is refused', () => {
    expect(refusal(']'.repeat(1_000_001))).toContain('builds more than 1000000 objects');
  });

  it('that runs instructions without end is refused', () => {
    expect(refusal('N0'.repeat(2_000_001))).toContain('expected at most 4000000 instructions');
  });

  it('of any instructions in any order builds plain data or is refused, and nothing else happens', () => {
    const arguments_ = [storage('0', 6), tuple(2, 3), name('collections', 'OrderedDict'), Buffer.concat([text('a')])];
    const part = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...instructions.keys()).map((byte) => Buffer.from([byte])) },
      { weight: 2, arbitrary: fc.constantFrom(...arguments_) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)) },
    );
    let refused = 0;
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        try {
          read(...parts);
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
          refused += 1;
        }
      }),
      { numRuns: 3000, seed: 5 },
    );
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(3000);
  });
});
