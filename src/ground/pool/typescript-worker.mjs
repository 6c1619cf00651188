// The worker of a pool while the project runs from its TypeScript sources; built code has no need of it.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
const { default: work } = await import(workerData.module);
export default work;
