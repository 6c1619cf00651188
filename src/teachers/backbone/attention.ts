import { EngineError } from '../../ground/errors.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { attentionBytes } from './attention-bytes.ts';
import type { BackboneConfig } from './config.ts';

/** How many rows are decoded side by side, and how many prompts they began with. */
export interface RoomSize {
  readonly rows: number;
  readonly prompts: number;
}

/** What positions offer and hold. */
interface KeysAndValues {
  readonly key: HostTensor<Float32Array>;
  readonly value: HostTensor<Float32Array>;
}

/** Memory of a batch that is decoded: what earlier positions left, and what programs and attention hand to each other. */
export interface AttentionRoom extends RoomSize {
  /** What each prompt left in a block [prompts, heads, promptLength, width / heads], for a program to write. */
  readonly prompt: (block: number) => KeysAndValues;
  /** Which prompt each row began with [rows]. */
  readonly promptOf: Int32Array;
  /** What the token at a position leaves in a block [rows, width], for a program to write. */
  readonly token: (block: number, position: number) => KeysAndValues;
  /** What rows ask [rows, width], for a program to write; and what `attend` gives them. */
  readonly query: HostTensor<Float32Array>;
  readonly attended: HostTensor<Float32Array>;
  /** Attends from the token at a position to itself, the tokens before it and the row's prompt. */
  readonly attend: (block: number, position: number) => void;
}

/** The function of attention.wat; the first numbers are byte offsets. */
type Attend = (...offsetsSizesAndScale: number[]) => void;

const FLOAT = Float32Array.BYTES_PER_ELEMENT;
const PAGE = 65_536;
/** WebAssembly addresses 4 GiB. */
const MOST_PAGES = 65_536;
/** What attention.wat writes behind the scores. */
const BEHIND = 4;

/** Whether attention can be computed here: heads of eights of numbers. */
export const hasAttention = ({ width, heads }: BackboneConfig): boolean => (width / heads) % 8 === 0;

/** Makes the memory of a batch. Throws an EngineError where it exceeds 4 GiB. */
export function attentionRoom(config: BackboneConfig, { rows, prompts }: RoomSize): AttentionRoom {
  const { width, heads, depth, promptLength, imageLength } = config;
  const [size, tokens] = [width / heads, imageLength - 1];
  const sizes = { prompt: prompts * promptLength * width, token: rows * width };
  const block = 2 * (sizes.prompt + tokens * sizes.token); // keys and values of prompts, then of tokens
  const queryAt = depth * block;
  const attendedAt = queryAt + sizes.token;
  const scoresAt = attendedAt + sizes.token;
  const promptOfAt = scoresAt + promptLength + tokens + BEHIND;
  const memory = newMemory((promptOfAt + rows) * FLOAT);
  const view = (at: number, shape: readonly number[]): HostTensor<Float32Array> => ({
    shape,
    data: new Float32Array(
      memory.buffer,
      at * FLOAT,
      shape.reduce((product, side) => product * side, 1),
    ),
  });
  const promptAt = (index: number, part: 0 | 1): number => index * block + part * sizes.prompt;
  const tokenAt = (index: number, part: 0 | 1, position: number): number =>
    index * block + 2 * sizes.prompt + (part * tokens + position) * sizes.token;
  const promptShape = [prompts, heads, promptLength, size];
  const rowsShape = [rows, width];
  const attend = instantiate(memory);
  return {
    ...{ rows, prompts },
    prompt: (index) => ({ key: view(promptAt(index, 0), promptShape), value: view(promptAt(index, 1), promptShape) }),
    promptOf: new Int32Array(memory.buffer, promptOfAt * FLOAT, rows),
    token: (index, position) => ({
      key: view(tokenAt(index, 0, position), rowsShape),
      value: view(tokenAt(index, 1, position), rowsShape),
    }),
    query: view(queryAt, rowsShape),
    attended: view(attendedAt, rowsShape),
    attend: (index, position) => {
      const kept = [tokenAt(index, 0, 0), tokenAt(index, 1, 0), promptAt(index, 0), promptAt(index, 1)];
      const offsets = [queryAt, attendedAt, ...kept, promptOfAt, scoresAt].map((at) => at * FLOAT);
      attend(...offsets, rows, heads, size, promptLength, position + 1, 1 / Math.sqrt(size));
    },
  };
}

function newMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  if (pages > MOST_PAGES)
    throw new EngineError(`images drawn at once: expected keys and values of at most 4 GiB, got ${bytes} bytes`);
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

function instantiate(memory: WebAssembly.Memory): Attend {
  const module = new WebAssembly.Module(Buffer.from(attentionBytes, 'base64'));
  const { attend } = new WebAssembly.Instance(module, { room: { memory } }).exports;
  return attend as Attend;
}
