/** Trainings on the cpu and on WebGPU, in its memory, by both optimizers; prints their logs and how far their weights are apart. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { OptimizerName } from '../../src/engine/training/optimizer.ts';
import { inTurns, trainedTo } from '../engine/training/two-networks.ts';

tf.enableProdMode();
const { beside: _, ...alone } = inTurns;
const folder = await mkdtemp(join(tmpdir(), 'fewstep-webgpu-'));

const train = (provider: string, optimizer: OptimizerName, steps = 16) => {
  const engine = { kind: 'onnx', provider, threads: 1 } as const;
  const changes = { optimizer, engine, steps, checkpointEvery: 8, logEvery: 2, probeEvery: 8 };
  return trainedTo(join(folder, `${provider}-${optimizer}`), changes, alone);
};

try {
  const found: Record<string, unknown> = {};
  for (const optimizer of ['adamw', 'muon'] as const) {
    const cpu = await train('cpu', optimizer);
    await train('webgpu', optimizer, 8); // and on from its checkpoint
    const webgpu = await train('webgpu', optimizer);
    let [difference, most] = [0, 0];
    for (const [name, { data }] of Object.entries(cpu.average))
      for (const [i, value] of data.entries()) {
        difference = Math.max(difference, Math.abs(value - (webgpu.average[name]?.data[i] ?? Number.NaN)));
        most = Math.max(most, Math.abs(value));
      }
    found[optimizer] = { cpu: cpu.log.slice(4), webgpu: webgpu.log, difference: difference / most };
  }
  console.log(JSON.stringify(found));
} finally {
  await rm(folder, { recursive: true });
}
