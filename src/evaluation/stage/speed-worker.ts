import * as tf from '@tensorflow/tfjs';
import { worker } from '../../ground/pool/worker.ts';
import type { Speed } from './result.ts';
import { measureSpeeds, type SpeedJob } from './speed-job.ts';

tf.enableProdMode();

export default worker<SpeedJob, Speed[], number>(measureSpeeds);
