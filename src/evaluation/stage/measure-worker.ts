import { worker } from '../../ground/pool/worker.ts';
import { type MeasureJob, rowMeasurer } from './measure-job.ts';

export default worker<MeasureJob, void>(rowMeasurer());
