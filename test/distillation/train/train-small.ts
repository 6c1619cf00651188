/** Trains the small recipe's student from a cache in a folder: `tsx train-small.ts cache folder override…`. */
import { trainStudent } from '../../../src/distillation/train/student-job.ts';
import { smallJob } from './small-job.ts';

const [cache = '', folder = '', ...set] = process.argv.slice(2);
await trainStudent(smallJob(cache, folder, ...set), () => {});
