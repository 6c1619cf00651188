import * as tf from '@tensorflow/tfjs';
import { worker } from '../../ground/pool/worker.ts';
import { rowMaker, type SampleJob } from './sample-job.ts';

tf.enableProdMode();

export default worker<SampleJob, void>(rowMaker().make);
