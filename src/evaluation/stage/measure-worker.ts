import { worker } from '../../ground/pool/worker.ts';
import { type MeasureJob, rowMeasurer } from './measure-job.ts';
import type { MeasuredRow } from './measured-file.ts';

export default worker<MeasureJob, MeasuredRow>(rowMeasurer());
