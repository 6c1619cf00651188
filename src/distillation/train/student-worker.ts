import * as tf from '@tensorflow/tfjs';
import { worker } from '../../ground/pool/worker.ts';
import { type StudentJob, type StudentProgress, trainStudent } from './student-job.ts';

tf.enableProdMode();

export default worker<StudentJob, void, StudentProgress>((job, post) => trainStudent(job, post));
