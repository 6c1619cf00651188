import * as tf from '@tensorflow/tfjs';
import { compile } from '../../engine/compile.ts';
import { named } from '../../engine/graph/named.ts';
import type { Engine, NamedTensors, Program } from '../../engine/graph/program.ts';
import { checkFinite } from '../../ground/finite.ts';
import type { HostTensor } from '../../ground/host-tensor.ts';
import { stream } from '../../ground/random/philox.ts';
import { contextFeeds } from '../../heads/context.ts';
import { zeros } from '../../heads/network/initial.ts';
import { mostSearched, searchTimes } from '../../heads/solver/search-times.ts';
import { energyScore } from '../method/distance.ts';
import type { CachedBatch } from '../method/method.ts';
import type { Student } from '../student/file.ts';
import { jumpProgram } from '../student/program.ts';
import { type SamplerName, samplers } from '../student/sampler/table.ts';
import type { StudentTimes } from '../student/times.ts';
import type { ContextBatch, TrajectoryCache } from '../trajectory/cache.ts';
import { drawnPaths, drawnSizes, statesAt } from '../trajectory/drawn-paths.ts';
import type { SearchedSampler } from './student-facts.ts';

/** Cached paths that times are searched on. */
const PATHS = 2048;

/** For which samplers and step counts times are searched, and on what. */
export interface TimesSearch {
  readonly student: Pick<Student, 'parameters' | 'config'>;
  readonly samplers: readonly SamplerName[];
  readonly counts: readonly number[];
  readonly cache: TrajectoryCache;
  /** Key of the paths that are drawn, and of the noise of samplers that need it. */
  readonly key: readonly (string | number)[];
  readonly engine: Engine;
}

/** A student's times, how they were found, and the head forwards that it took. */
export interface FoundTimes {
  readonly times: StudentTimes;
  readonly searched: readonly SearchedSampler[];
  readonly forwards: number;
}

/**
 * Searches a student's times at every step count over one, by each sampler, on paths drawn from the cache: those whose ends,
 * from the cached noise, are the nearest to the cached ends. Of samplers that re-noise, whose ends belong to other noise,
 * the energy score of a context's ends is minimised, with the same new noise for all times. Throws DataError where an end
 * is not finite.
 */
export async function searchStudentTimes(search: TimesSearch): Promise<FoundTimes> {
  const paths = await drawnPaths(search.cache, search.key, PATHS);
  const searched: SearchedSampler[] = [];
  let forwards = 0;
  for (const sampler of search.samplers) {
    const ends = await endsError(sampler, paths, search);
    try {
      for (const steps of search.counts.filter((count) => count > 1)) {
        const found = await searchTimes(steps, (times) => {
          forwards += steps * paths.contexts * paths.draws;
          return ends.errorOf(times);
        });
        searched.push({ sampler, steps, ...found, times: [...found.times] });
      }
    } finally {
      await ends.dispose();
    }
  }
  return { times: timesOf(searched), searched, forwards };
}

/** The most head forwards that a search takes. */
export const mostSearchForwards = (
  { samplers: names, counts }: Pick<TimesSearch, 'samplers' | 'counts'>,
  facts: TrajectoryCache['facts'],
): number => {
  const { draws, contexts } = drawnSizes(facts, PATHS);
  const moves = counts.filter((count) => count > 1).reduce((sum, steps) => sum + steps * mostSearched(steps), 0);
  return names.length * moves * contexts * draws;
};

function timesOf(searched: readonly SearchedSampler[]): StudentTimes {
  const names = [...new Set(searched.map(({ sampler }) => sampler))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      Object.fromEntries(
        searched.filter(({ sampler }) => sampler === name).map(({ steps, times }) => [String(steps), times]),
      ),
    ]),
  );
}

/** How far a student's ends are from the cached ones, by its times. */
interface EndsError {
  readonly errorOf: (times: readonly number[]) => Promise<number>;
  readonly dispose: () => Promise<void>;
}

async function endsError(
  sampler: SamplerName,
  paths: ContextBatch,
  { student: { parameters, config }, key, engine }: TimesSearch,
): Promise<EndsError> {
  const { contexts, draws, token, grid } = paths;
  const { renoises } = samplers[sampler];
  const { fn, specs } = jumpProgram({ config, sampler }, draws);
  const jump = await compile(fn, specs, { engine, constants: parameters });
  const error = await compile(errorFunction(renoises), errorSpecs(paths), { engine });
  const context = contextFeeds(config, paths, 'input');
  const [noise, aims] = [statesAt(paths, 0), statesAt(paths, grid.length - 1)];
  const at = (time: number): HostTensor => ({ shape: [contexts], data: new Float32Array(contexts).fill(time) });
  const drawn: HostTensor[] = []; // once for all times
  const freshAt = (move: number): HostTensor => {
    drawn[move] ??= { shape: noise.shape, data: stream(...key, 'fresh', move).normal(contexts * draws * token) };
    return drawn[move];
  };
  return {
    errorOf: async (times) => {
      let x: HostTensor = noise;
      for (let i = 1; i < times.length; i++) {
        const fresh = renoises ? { fresh_noise: i < times.length - 1 ? freshAt(i) : zeros(noise.shape) } : {};
        const [s, t] = [at(times[i - 1] ?? 0), at(times[i] ?? 1)];
        x = named(await jump.run({ x, s, t, ...context, ...fresh }), 'x_next');
      }
      checkFinite(x.data as Float32Array, `${key.join(' ')}: the student's ends at the times ${times.join(', ')}`);
      return meanOf(await error.run({ ends: x, aims }));
    },
    dispose: async () => {
      await jump.dispose();
      await error.dispose();
    },
  };
}

/** Of each context [B]: the mean distance of ends from those of the same noise, or the energy score of their draws. */
const errorFunction =
  (renoises: boolean) =>
  (inputs: NamedTensors): NamedTensors => {
    const [ends, aims] = [named(inputs, 'ends'), named(inputs, 'aims')];
    if (renoises) return { error: energyScore(ends, aims) };
    return { error: tf.mean(tf.sqrt(tf.sum(tf.squaredDifference(ends, aims), -1)), 1) };
  };

const errorSpecs = ({ contexts, draws, token }: CachedBatch) => ({
  ends: { shape: [contexts, draws, token] },
  aims: { shape: [contexts, draws, token] },
});

function meanOf(outputs: Awaited<ReturnType<Program['run']>>): number {
  const { data } = named(outputs, 'error');
  return Array.from(data as Float32Array).reduce((sum, value) => sum + value, 0) / data.length;
}
