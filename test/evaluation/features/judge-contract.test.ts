import { describe, expect, it } from 'vitest';
import type { OnnxPort } from '../../../src/engine/onnx-graph/graph.ts';
import { type JudgeRecipe, judgeContract } from '../../../src/evaluation/features/judge-contract.ts';
import { DataError } from '../../../src/ground/errors.ts';

const port = (name: string, dimensions: OnnxPort['dimensions'], elementType = 'float32'): OnnxPort => ({
  ...{ name, dimensions, elementType },
});

const [images, vectors] = [port('x', ['n', 3, 32, 32]), port('f', ['n', 8])];

interface Ports {
  readonly inputs?: readonly OnnxPort[];
  readonly outputs?: readonly OnnxPort[];
}

const contract = ({ inputs = [images], outputs = [vectors] }: Ports, recipe: Partial<JudgeRecipe> = {}) =>
  judgeContract(
    { model: 'nets/My Net.onnx', ...recipe },
    {
      ...{ path: 'net.onnx', fileHash: '', hash: '', inputs, outputs },
      bytesFor: () => new Uint8Array(),
    },
  );

describe('what a recipe leaves out is read from the graph', () => {
  it('size, channels and layout from the input, the first output of rank 2, a name from the file', () => {
    const places = port('p', ['n', 8, 4, 4]);
    expect(contract({ outputs: [places, vectors, port('g', ['n', 9])] })).toEqual({
      ...{ name: 'my-net', distance: 'FD-my-net', input: 'x', output: 'f' },
      format: { layout: 'nchw', channels: 3, size: [32, 32], range: [0, 1], resize: 'bilinear' },
    });
    expect(contract({ outputs: [vectors, places] }, { pool: 'mean' })).toMatchObject({ output: 'p', pool: 'mean' });
    const last = contract({ inputs: [port('x', [4, 16, 20, 1])] });
    expect(last).toMatchObject({ batch: 4, format: { layout: 'nhwc', channels: 1, size: [16, 20] } });
  });

  it('no size where the graph takes any, the recipe’s where it says one', () => {
    const open = [port('x', ['n', 3, 'h', 'w'])];
    expect(contract({ inputs: open }).format.size).toBeUndefined();
    expect(contract({ inputs: open }, { size: 299 }).format.size).toEqual([299, 299]);
  });

  it('FID only where the recipe says so', () => {
    expect(contract({}, { protocol: 'fid', name: 'inception' })).toMatchObject({ name: 'inception', distance: 'FID' });
    expect(contract({}, { name: 'dinov2' }).distance).toBe('FD-dinov2');
  });
});

describe('a graph that the contract does not fit is refused in one line', () => {
  const cases: readonly (readonly [string, Ports, Partial<JudgeRecipe>, string])[] = [
    ['two inputs', { inputs: [images, vectors] }, {}, 'expected one input, got x, f'],
    ['no image', { inputs: [vectors] }, {}, 'input: expected images of rank 4, got f [n, 8]'],
    ['another input', {}, { input: 'y' }, 'input: expected "y", got x [n, 3, 32, 32]'],
    ['another output', {}, { output: 'g' }, 'output: expected "g", got f [n, 8]'],
    [
      ...(['places without a pool', { outputs: [port('p', ['n', 8, 4, 4])] }, {}] as const),
      'output: expected [images, features], or a pool, got p [n, 8, 4, 4]',
    ],
    [
      'a pool of vectors',
      {},
      { pool: 'mean', output: 'f' },
      'output "f": expected features of places, of rank 3 or 4, got [n, 8]',
    ],
    ['halves', { inputs: [port('x', ['n', 3, 32, 32], 'float16')] }, {}, 'input "x": expected float32, got float16'],
    [
      ...(['another size', {}, { size: 64 }] as const),
      'input "x" [n, 3, 32, 32]: expected images of 32 × 32, got size 64',
    ],
    [
      ...(['one open side', { inputs: [port('x', ['n', 3, 32, 'w'])] }, {}] as const),
      'input "x" [n, 3, 32, w]: expected a size, as one side is open',
    ],
    ['other channels', {}, { channels: 1 }, 'input "x" [n, 3, 32, 32]: expected 1 channels as the recipe says, got 3'],
    [
      ...(['channels anywhere', { inputs: [port('x', ['n', 'c', 32, 32])] }, {}] as const),
      'input "x" [n, c, 32, 32]: expected 1 or 3 channels in one place, or a layout',
    ],
    [
      ...(['colours of one channel', { inputs: [port('x', ['n', 1, 32, 32])] }, { range: 'imagenet' }] as const),
      'input "x" [n, 1, 32, 32]: expected a range [low, high] for one channel, got one of colours',
    ],
    [
      'a batch of a million',
      { inputs: [port('x', [1e6, 3, 32, 32])] },
      {},
      'expected an input of 1 to 1024 images, got 1000000',
    ],
    [
      'sides of a million',
      { inputs: [port('x', ['n', 3, 1e6, 1e6])] },
      {},
      'input "x" [n, 3, 1000000, 1000000]: expected sides of 1 to 2048 pixels',
    ],
  ];
  it.each(cases)('%s', (_, ports, recipe, message) => {
    expect(() => contract(ports, recipe)).toThrow(DataError);
    expect(() => contract(ports, recipe)).toThrow(`net.onnx: ${message}`);
  });
});
