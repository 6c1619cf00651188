import { CommanderError } from 'commander';
import { exitCodes, FlowError, PluginError } from '../ground/errors.ts';
import { visibleMessage } from '../ground/file/visible.ts';
import { pluginIn } from '../ground/plugin/loaded.ts';
import { endSignals, InterruptedError, signalCode } from './signals.ts';

/** How a command ends: what is printed on the standard error, and the exit code. */
export interface Outcome {
  readonly message?: string;
  readonly code: number;
}

/** How a command ends that threw. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : exitCodes.usage };
  if (error instanceof InterruptedError) return { message: error.message, code: signalCode(error.signal) };
  if (error instanceof FlowError) return { message: `fewstep: ${flowMessage(error)}`, code: exitCodes[error.code] };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const plugin = pluginIn(error);
  if (plugin !== undefined)
    return {
      message: `${visibleMessage(stack)}\nfewstep: thrown in the code of the plug-in ${plugin}`,
      code: exitCodes.plugin,
    };
  return {
    message: `${visibleMessage(stack)}\nfewstep: this is a bug; please report it with the lines above`,
    code: 1,
  };
}

/** A mistake in a line; of a plug-in's code, with the stack that its author needs. */
function flowMessage(error: FlowError): string {
  const { message, cause } = error;
  if (error instanceof PluginError && cause instanceof Error) return `${message}\n${visibleMessage(cause.stack ?? '')}`;
  const plugin = error instanceof PluginError ? undefined : pluginIn(error);
  return plugin === undefined ? message : `${message} (in the plug-in ${plugin})`;
}

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  usage: 'wrong words on the command line',
  recipe: 'a recipe that is not well-formed',
  data: 'data, captures or tensors that are not what they should be',
  file: 'a file that cannot be read, trusted or written',
  busy: "a run's folder that another process works in",
  graph: 'a function that cannot be compiled',
  engine: 'an engine or provider that does not work here',
  diverged: 'training that met a NaN or an infinity',
  plugin: 'a plug-in that cannot be loaded, or whose code or entries are wrong',
  command: 'a program of evaluation.command that cannot be run, fails or takes too long',
  condition: 'results of which a condition of --fail-if holds',
};

/** The exit codes as a part of the help. */
export function exitCodeHelp(): string {
  const flow = Object.entries(meanings).map(([code, meaning]) => [exitCodes[code as keyof typeof exitCodes], meaning]);
  const rows = [
    ...[[0, 'done'], [1, 'an unexpected error, with its stack'], ...flow],
    ...endSignals.map((signal) => [signalCode(signal), `interrupted by ${signal}`]),
  ];
  return `\nExit codes:\n${rows.map(([code, meaning]) => `  ${String(code).padEnd(5)}${meaning}`).join('\n')}`;
}
