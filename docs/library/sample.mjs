// Draws tokens with an exported student: node sample.mjs students/smoke/trajectory [threads]
import { createSampler } from 'fewstep/sampler';

const [folder = 'students/smoke/trajectory', threads = '1'] = process.argv.slice(2);
const sampler = await createSampler(folder, { threads: Number(threads), seed: 1 });

const rows = 4;
const hidden = new Float32Array(rows * sampler.condition).fill(0.5); // the backbone's states under the prompt, row by row
const without = new Float32Array(rows * sampler.condition); // and without it
const guided = sampler.inputs.includes('guidance') ? { hiddenUnconditional: without, guidance: 1.5 } : {};
const tokens = await sampler.sample({ hidden, ...guided });

for (let row = 0; row < rows; row++)
  console.log(
    [...tokens.subarray(row * sampler.token, (row + 1) * sampler.token)].map((value) => value.toFixed(3)).join(' '),
  );
await sampler.dispose();
