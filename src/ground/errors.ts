import { visibleMessage } from './file/visible.ts';

/**
 * What went wrong, as one word that a script can act on, with its exit code of the command line; 1 is an unexpected error
 * (its stack is printed), 129, 130 and 143 an interruption.
 */
export const exitCodes = {
  usage: 2,
  recipe: 3,
  data: 4,
  file: 5,
  busy: 6,
  graph: 7,
  engine: 8,
  diverged: 9,
  condition: 10,
  plugin: 11,
  command: 12,
} as const;

/** One of the words of `exitCodes`. */
export type FlowErrorCode = keyof typeof exitCodes;

/**
 * A mistake that the caller can act on. The message says where, what was expected and what came; no stack is shown.
 * What a file or a command line put into it reaches no terminal as a command: all that shows nothing is written out.
 */
export class FlowError extends Error {
  constructor(
    readonly code: FlowErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(visibleMessage(message), options);
    this.name = new.target.name;
  }
}

/** As declarations have it: the class itself would bring Node's own types into them. */
type ErrorClass = new (message: string, options?: ErrorOptions) => FlowError;

const errorOf = (code: FlowErrorCode): ErrorClass =>
  class extends FlowError {
    constructor(message: string, options?: ErrorOptions) {
      super(code, message, options);
    }
  };

/** Wrong words on the command line. */
export class UsageError extends errorOf('usage') {}

/** A recipe, or an override of one, that is not well-formed: `file:line:column path: expected …, got …`. */
export class RecipeError extends errorOf('recipe') {}

/** A dataset, capture or tensor whose content is not what it should be (checksum, shape, NaN). */
export class DataError extends errorOf('data') {}

/** A file that cannot be read, parsed, trusted or written. */
export class FileError extends errorOf('file') {}

/** A run's folder that another process is working in. */
export class BusyError extends errorOf('busy') {}

/** A function that cannot be traced, or a traced program that cannot be built: names the operation. */
export class GraphError extends errorOf('graph') {}

/** An engine or execution provider that is not installed or does not start here. */
export class EngineError extends errorOf('engine') {}

/** Results of which a condition holds that was to fail. */
export class ConditionError extends errorOf('condition') {}

/** A plug-in that cannot be loaded, has changed under way, or has entries that are not what their table holds. */
export class PluginError extends errorOf('plugin') {}

/** A program of the user's that a recipe names and that cannot be run, fails, or takes too long. */
export class CommandError extends errorOf('command') {}

/** Training that met a NaN or an infinity, or whose raw error ran away; names the step and the last good checkpoint. */
export class DivergedError extends errorOf('diverged') {}
