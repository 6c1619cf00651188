import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { compile } from '../../graph/compile.ts';
import type { Engine } from '../../graph/program.ts';
import { providers } from '../../recipe/schema/engine.ts';
import { type Check, type Finding, finding } from './check.ts';

/** Runs a compiled program on an engine; throws what the engine throws. */
async function tryEngine(engine: Engine): Promise<void> {
  const program = await compile(({ x }) => ({ y: tf.add(x ?? 0, 1) }), { x: { shape: ['batch', 1] } }, { engine });
  const { y } = await program.run({ x: { shape: [1, 1], data: Float32Array.of(1) } });
  await program.dispose();
  if (y?.data[0] !== 2) throw new Error(`1 + 1 gave ${y?.data[0]}`);
}

/** Each execution provider of onnxruntime by running a program on it. Only the one of the CPU must work. */
export const checkOnnx: Check = async () => {
  ort.env.logLevel = 'fatal';
  const findings: Finding[] = [];
  const built = ort.listSupportedBackends().map(({ name }) => name);
  for (const provider of providers.onnx.filter((name) => built.includes(name))) {
    const engine: Engine = { kind: 'onnx', provider, threads: 1 };
    const look = async () => {
      await tryEngine(engine);
      return 'runs';
    };
    findings.push(await finding(`onnx ${provider}`, look, provider === 'cpu' ? 'failed' : 'absent'));
  }
  return findings;
};

/** The native packages of tfjs, which only `engine: { kind: tfjs, provider: tensorflow }` needs. */
export const checkTensorflow: Check = async () => [
  await finding(
    'tfjs tensorflow',
    async () => {
      await tryEngine({ kind: 'tfjs', provider: 'tensorflow', threads: 1 });
      return 'runs';
    },
    'absent',
  ),
];
