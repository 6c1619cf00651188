import { compile } from '../../engine/compile.ts';
import type { Engine, Program, TypedFunction } from '../../engine/graph/program.ts';
import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import { zeros } from '../../heads/network/initial.ts';
import { rowsBetween } from '../solve/chunk.ts';
import { type AttentionRoom, attentionRoom, hasAttention } from './attention.ts';
import { type BackboneConfig, sequenceLength } from './config.ts';
import { promptProgram } from './decode.ts';
import { type Decoding, oneAt, type Prompts } from './draw.ts';
import { stagePrograms } from './stages.ts';

/** Decoding whose keys and values lie where programs write them and attention reads them: nothing is copied. */
export interface StagedDecoder {
  /** Begins a batch; `images` rows are told of their prompt, and as many of none. */
  readonly begin: (prompts: Prompts, images: number) => Promise<Decoding>;
  readonly dispose: () => Promise<void>;
}

/** Whether it serves: where programs run on the processor, in memory that they share with attention. */
export const isStaged = (config: BackboneConfig, { kind, provider }: Engine): boolean =>
  kind === 'onnx' && provider === 'cpu' && hasAttention(config);

/** Compiles the prompt's program and the pieces once. A room is kept for the next batch of its size. */
export async function stagedDecoder(
  parameters: Parameters,
  config: BackboneConfig,
  engine: Engine,
): Promise<StagedDecoder> {
  const [prompt, ...stages] = await compiledAll([promptProgram(config), ...stagePrograms(config)], parameters, engine);
  if (prompt === undefined) throw new TypeError('a backbone without a program for its prompt');
  let idle: AttentionRoom | undefined;
  const take = (rows: number, prompts: number): AttentionRoom => {
    const kept = idle;
    idle = undefined;
    return kept?.rows === rows && kept.prompts === prompts ? kept : attentionRoom(config, { rows, prompts });
  };
  return {
    dispose: () => disposeAll([prompt, ...stages]),
    begin: async (prompts, images) => {
      const room = take(2 * images, prompts.count);
      room.promptOf.set(prompts.rows);
      return decodingIn(room, { prompt, stages }, config, prompts, () => {
        idle = room;
      });
    },
  };
}

const disposeAll = async (programs: readonly Program[]): Promise<void> => {
  for (const program of programs) await program.dispose();
};

/** Compiles programs; where one fails, those before it are freed. */
async function compiledAll(
  programs: readonly TypedFunction[],
  constants: Parameters,
  engine: Engine,
): Promise<readonly Program[]> {
  const compiled: Program[] = [];
  try {
    for (const { fn, specs } of programs) compiled.push(await compile(fn, specs, { engine, constants }));
    return compiled;
  } catch (error) {
    await disposeAll(compiled);
    throw error;
  }
}

interface Programs {
  readonly prompt: Program;
  readonly stages: readonly Program[];
}

async function decodingIn(
  room: AttentionRoom,
  { prompt, stages }: Programs,
  config: BackboneConfig,
  { letters, count }: Prompts,
  close: () => void,
): Promise<Decoding> {
  const { promptLength, vocabulary, width, token, depth } = config;
  const [images, length] = [room.rows / 2, sequenceLength(config)];
  const hidden = zeros([count, width]);
  const kept: Record<string, HostTensor> = { hidden };
  for (let block = 0; block < depth; block++) {
    const { key, value } = room.prompt(block);
    Object.assign(kept, { [`key.${block}`]: key, [`value.${block}`]: value });
  }
  await prompt.run({ letters: { shape: [count, promptLength, vocabulary], data: letters } }, kept);
  const [even, odd] = [zeros([room.rows, width]), zeros([room.rows, width])]; // a piece reads one and writes the other
  const state = (block: number): HostTensor<Float32Array> => (block % 2 === 0 ? even : odd);
  const told = (block: number, position: number) => ({
    ...{ x: state(block), query: room.query },
    ...room.token(block, position),
  });
  const [first, ...others] = stages;
  return {
    hidden: hidden.data,
    close,
    next: async (tokens, position) => {
      const place = { shape: [1, length], data: oneAt(length, promptLength + position) };
      const start = told(0, position);
      await first?.run({ token: { shape: [images, token], data: tokens }, place }, firstHalves(start));
      // Both branches are told the same token: their first block differs in what it attends to alone.
      for (const { data } of Object.values(start)) data.copyWithin(data.length / 2, 0, data.length / 2);
      const last = zeros([room.rows, width]);
      for (const [block, stage] of others.entries()) {
        room.attend(block, position);
        const into = block + 1 === depth ? { hidden: last } : told(block + 1, position);
        await stage.run({ x: state(block), attended: room.attended }, into);
      }
      return last.data;
    },
  };
}

/** The first half of the rows of tensors, for a program to write. */
const firstHalves = (tensors: Readonly<Record<string, HostTensor<Float32Array>>>): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, rowsBetween(tensor, 0, (tensor.shape[0] ?? 0) / 2)]),
  );
