import { loadMnist } from '../../teachers/data/mnist.ts';
import { type Check, finding } from './check.ts';

/** Whether the data sets are there, every file checked against its SHA-256. */
export const checkData: Check = async () => [
  await finding('MNIST', () => {
    const [train, test] = [loadMnist('train'), loadMnist('test')];
    return `${train.count} + ${test.count} images, checksums right`;
  }),
];
