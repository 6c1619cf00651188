import * as tf from '@tensorflow/tfjs';
import { worker } from '../../ground/pool/worker.ts';
import { type SampleJob, sampleRow } from './sample-job.ts';

tf.enableProdMode();

export default worker<SampleJob, void>(sampleRow);
