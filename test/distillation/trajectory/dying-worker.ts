/** A worker that makes shards, but ends in the middle of its first job as long as a marker file is not there. */
import { existsSync, writeFileSync } from 'node:fs';
import { type ShardJob, shardMaker } from '../../../src/distillation/trajectory/job.ts';
import { worker } from '../../../src/ground/pool/worker.ts';

export interface DyingJob extends ShardJob {
  readonly marker: string;
}

const maker = shardMaker();

export default worker<DyingJob, void>(async ({ marker, ...job }) => {
  if (!existsSync(marker)) {
    writeFileSync(marker, '');
    setTimeout(() => process.exit(137), 5);
  }
  return maker.make(job);
});
