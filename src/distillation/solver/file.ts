/** A fitted solver as a file of a run: sealed, with what it was fitted to, and checked where it is read. */
import { join } from 'node:path';
import { z } from 'zod';
import { FileError } from '../../ground/errors.ts';
import { readSealedJson, writeSealedJson } from '../../ground/file/sealed-json.ts';
import { sha256 } from '../../ground/file/sha256.ts';
import { derived } from '../../ground/plugin/table.ts';
import { type MeasuredSolverName, measuredSolvers } from '../../heads/solver/fitted-table.ts';
import { type SolverName, solvers } from '../../heads/solver/table.ts';
import { areTimes } from '../student/times.ts';
import type { PlannedFit } from './plan.ts';
import { type FitName, fits } from './table.ts';

const namesOf = <Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] => Object.keys(table) as Name[];

/** What a solver was fitted to: the teacher, the cached paths by the hash of their files, and what was asked for. */
const origin = z.strictObject({ teacher: z.string(), cache: z.string(), request: z.string() });

/** What a fitted solver must come from to be kept. */
export type FitOrigin = z.output<typeof origin>;

const count = z.number().nonnegative();

const schema = derived(() =>
  z
    .strictObject({
      format: z.literal(1),
      fit: z.enum(namesOf<FitName>(fits)),
      solver: z.enum(namesOf<MeasuredSolverName>(measuredSolvers())),
      steps: z.int().min(1).max(64),
      /** When it evaluates, and the end [steps + 1]. */
      times: z.array(z.number()).max(65),
      /** The weights of each step: of the noise, then of the slopes until then. */
      weights: z.array(z.array(z.number()).max(65)).max(64).exactOptional(),
      /** The solver that the weights started as. */
      from: z.enum(namesOf<SolverName>(solvers)).exactOptional(),
      /** The mean distance of its ends from the cached ones, and what it was before. */
      error: count,
      before: count,
      /** Cached paths that it was fitted with, and the head forwards that made these. */
      paths: z.int().positive(),
      pathForwards: count,
      /** Head forwards of the fit, a backward as two, its seconds, and steps of an optimizer. */
      forwards: count,
      seconds: count,
      updates: count,
      origin,
    })
    .refine(({ times, steps }) => areTimes(times, steps), 'expected rising times from 0 to 1, one more than steps')
    .refine(
      ({ weights, steps, fit }) =>
        fit === 'weights'
          ? weights?.length === steps && weights.every((row, step) => row.length === step + 2)
          : weights === undefined,
      'expected a row of weights a step, each one longer than the last, of fitted weights alone',
    ),
);

/** A fitted solver, and what the fit cost. */
export type FittedSolver = z.output<ReturnType<typeof schema>>;

/** The file of a fit in the folder of the stage. */
export const fitPath = (folder: string, { fit, solver, steps }: PlannedFit): string =>
  join(folder, `${solver}-${fit}-${steps}.json`);

/** Writes a fitted solver, atomically. Throws FileError. */
export const writeFitted = (path: string, fitted: FittedSolver): Promise<void> =>
  writeSealedJson(path, schema(), fitted);

/** The fitted solver of a file; undefined where there is none, it is not as it was written, or it comes from anything else. */
export async function keptFitted(path: string, expected: FitOrigin): Promise<FittedSolver | undefined> {
  try {
    const fitted = await readSealedJson(path, schema(), 'it is fitted anew');
    const { teacher, cache, request } = fitted.origin;
    return teacher === expected.teacher && cache === expected.cache && request === expected.request
      ? fitted
      : undefined;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

/** A hash of what a fitted solver does, whatever the fit cost. */
export const fittedHash = ({ solver, times, weights }: FittedSolver): string =>
  sha256(JSON.stringify([solver, times, weights ?? null]));
