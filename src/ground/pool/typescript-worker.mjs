// The worker of a pool while the project runs from its TypeScript sources; built code has no need of it.
import { pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';

const sources = new URL('../..', import.meta.url).href;
const compiled = process.env.FEWSTEP_COMPILED; // a folder with the same modules, compiled: where tests keep them

/** The module as it is to be loaded, after what loads TypeScript where it is not compiled. */
async function toLoad(module) {
  if (compiled !== undefined && module.startsWith(sources))
    return module.replace(sources, `${pathToFileURL(compiled).href}/`).replace(/\.ts$/, '.js');
  const { register } = await import('tsx/esm/api');
  register();
  return module;
}

const { default: work } = await import(await toLoad(workerData.module));
export default work;
