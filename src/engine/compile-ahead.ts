/** Programs that are run again and again while some of their inputs stay: a solver's step under the same contexts. */
import type { HostTensor } from '../ground/host-tensor.ts';
import { type CompileOptions, compile, fedWith, givenAnew, programOf, specsOf, traceGraph } from './compile.ts';
import { splitAhead } from './graph/ahead.ts';
import { simplify } from './graph/optimize.ts';
import type { Program, TensorFunction, TensorSpec } from './graph/program.ts';

type Feeds = Readonly<Record<string, HostTensor>>;

/** A program, and what is computed of the inputs that stay before its first run. */
export interface AheadProgram {
  /** Of the inputs that stay what each run is to be given: they themselves, and what their matrix products come to. */
  readonly ahead: (staying: Feeds) => Promise<Feeds>;
  /** Takes all inputs and what `ahead` gave. */
  readonly each: Program;
  /** Frees both. */
  readonly dispose: () => Promise<void>;
}

/**
 * Makes a program of a function, as `compile` does; the matrix products of what stays, of the inputs `staying` and of constants
 * alone, are computed once for all runs, where the engine traces.
 */
export async function compileAhead(
  fn: TensorFunction,
  specs: Readonly<Record<string, TensorSpec>>,
  staying: readonly string[],
  { constants = {}, ...options }: Omit<CompileOptions, 'learnt'>,
): Promise<AheadProgram> {
  if (options.engine.kind === 'tfjs') return alone(await compile(fn, specs, { ...options, constants }));
  const anew = givenAnew({ ...options, constants }) ? constants : {};
  const weights = specsOf(anew);
  const traced = traceGraph(fn, { ...specs, ...weights }, anew === constants ? {} : constants);
  const graph = simplify(traced);
  const split = splitAhead(graph, new Set([...staying, ...Object.keys(weights)]));
  const inputs = { ...specs, ...split?.passed };
  const signature = { inputs: { ...inputs, ...weights }, outputs: Object.keys(traced.outputs) };
  const each = fedWith(anew, inputs, await programOf(split?.each ?? graph, signature, options));
  if (split === undefined) return alone(each);
  const told = Object.fromEntries(Object.entries(specs).filter(([name]) => staying.includes(name)));
  const outputs = Object.keys(split.passed);
  const first = await programOf(split.ahead, { inputs: { ...told, ...weights }, outputs }, options);
  const before = fedWith(anew, told, first);
  return {
    ahead: async (feeds) => ({ ...feeds, ...(await before.run(feeds)) }),
    each,
    dispose: async () => {
      await before.dispose();
      await each.dispose();
    },
  };
}

/** A program of which nothing is computed ahead. */
const alone = (each: Program): AheadProgram => ({
  ahead: async (feeds) => feeds,
  each,
  dispose: () => each.dispose(),
});
