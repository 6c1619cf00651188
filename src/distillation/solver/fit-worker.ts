import * as tf from '@tensorflow/tfjs';
import { worker } from '../../ground/pool/worker.ts';
import { type FitJob, fitSolver } from './job.ts';

tf.enableProdMode();

export default worker<FitJob, void>(fitSolver);
