import { scalar } from '../graph/graph.ts';
import { apply } from '../graph/operations.ts';
import { encode } from './encode.ts';
import { openSession } from './session.ts';

/** Whether an execution provider of onnxruntime runs a program here; the reason is onnxruntime's own, one line. */
export interface Probe {
  readonly provider: string;
  readonly usable: boolean;
  readonly reason?: string;
}

/** The execution providers that a recipe may name. */
export const providers = ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const;

/** Starts a one-operation program on a provider and compares its result. */
export async function probeProvider(provider: string): Promise<Probe> {
  try {
    const result = await double(provider, 21);
    return result === 42 ? { provider, usable: true } : { provider, usable: false, reason: `21 + 21 gave ${result}` };
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { provider, usable: false, reason };
  }
}

async function double(provider: string, value: number): Promise<number | undefined> {
  const x = { shape: [1], dtype: 'float32', source: { kind: 'input', name: 'x' } } as const;
  const model = encode({ inputs: [x], outputs: { y: apply('Mul', [x, scalar(2)]) } }, { opset: 21, vendor: false });
  const signature = { inputs: { x: { shape: [1] } }, outputs: ['y'] };
  const program = await openSession(model, signature, { kind: 'onnx', provider, threads: 1 });
  const { y } = await program.run({ x: { shape: [1], data: Float32Array.of(value) } });
  await program.dispose();
  return y?.data[0];
}
