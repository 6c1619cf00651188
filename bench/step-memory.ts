/**
 * Training steps of a head in a process of their own: `step-memory.ts <head as JSON> <samples> <draws> <whether activations are
 * computed again>`; prints the seconds of one.
 */
import * as tf from '@tensorflow/tfjs';
import { cpuEngine } from '../src/engine/graph/program.ts';
import { timeTrainingStep } from './training-step.ts';

tf.enableProdMode();
const [config = '', samples, draws, again] = process.argv.slice(2);
const workload = { config: JSON.parse(config), samples: Number(samples), draws: Number(draws) };
console.log(await timeTrainingStep(workload, cpuEngine(2), { repeats: 2, recompute: again === 'true' }));
