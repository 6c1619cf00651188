import * as tf from '@tensorflow/tfjs';
import { compile } from '../../engine/compile.ts';
import { probeProvider, providers } from '../../engine/onnx/provider.ts';
import * as ort from '../../engine/onnx/runtime.ts';
import { type Check, type Finding, finding } from './check.ts';

/** Each execution provider of onnxruntime by running a program on it. Only the one of the CPU must work. */
export const checkOnnx: Check = async () => {
  ort.env.logLevel = 'fatal';
  const built = ort.listSupportedBackends().map(({ name }) => name);
  const findings: Finding[] = [];
  for (const provider of providers.filter((name) => built.includes(name))) {
    const { usable, reason = '' } = await probeProvider(provider);
    const status = usable ? 'ok' : provider === 'cpu' ? 'failed' : 'absent';
    findings.push({ name: `onnx ${provider}`, status, detail: usable ? 'runs' : reason });
  }
  return findings;
};

/** The native packages of tfjs, which only `engine: { kind: tfjs, provider: tensorflow }` needs. */
export const checkTensorflow: Check = async () => [await finding('tfjs tensorflow', addOnTensorflow, 'absent')];

async function addOnTensorflow(): Promise<string> {
  const engine = { kind: 'tfjs', provider: 'tensorflow', threads: 1 } as const;
  const program = await compile(({ x }) => ({ y: tf.add(x ?? 0, 1) }), { x: { shape: [1] } }, { engine });
  const { y } = await program.run({ x: { shape: [1], data: Float32Array.of(1) } });
  await program.dispose();
  if (y?.data[0] !== 2) throw new Error(`1 + 1 gave ${y?.data[0]}`);
  return 'runs';
}
