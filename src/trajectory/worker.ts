import * as tf from '@tensorflow/tfjs';
import { type ShardDone, type ShardJob, shardMaker } from './job.ts';

tf.enableProdMode();
const maker = shardMaker();

/** The task of a pool's worker: one shard. */
export default (job: ShardJob): Promise<ShardDone> => maker.make(job);
