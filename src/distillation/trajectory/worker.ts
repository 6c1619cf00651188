import * as tf from '@tensorflow/tfjs';
import { worker } from '../../ground/pool/worker.ts';
import { type ShardJob, shardMaker } from './job.ts';

tf.enableProdMode();
const maker = shardMaker();

export default worker<ShardJob, void>((job) => maker.make(job));
