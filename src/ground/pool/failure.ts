import {
  BusyError,
  CommandError,
  ConditionError,
  DataError,
  DivergedError,
  EngineError,
  FileError,
  FlowError,
  type FlowErrorCode,
  GraphError,
  PluginError,
  RecipeError,
  UsageError,
} from '../errors.ts';

/** A worker that ended in the middle of a job (memory, a native crash, an exit); the job can be run again. */
export class WorkerLostError extends EngineError {}

const errorClasses: Readonly<Record<FlowErrorCode, new (message: string, options?: ErrorOptions) => FlowError>> = {
  recipe: RecipeError,
  data: DataError,
  file: FileError,
  busy: BusyError,
  graph: GraphError,
  engine: EngineError,
  diverged: DivergedError,
  usage: UsageError,
  condition: ConditionError,
  plugin: PluginError,
  command: CommandError,
};

/** An error as plain data, which crosses threads whole: structured clones lose an error's class and code. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Set for a FlowError. */
  readonly code?: FlowErrorCode;
  readonly cause?: Failure;
}

/** What was thrown, as plain data, with the causes that are errors. */
export function packFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  return {
    name: error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error instanceof FlowError && { code: error.code }),
    ...(error.cause instanceof Error && { cause: packFailure(error.cause) }),
  };
}

/** The error that was packed: of its own class when it is a FlowError, with the stack of where it was thrown. */
export function unpackFailure({ name, message, stack, code, cause }: Failure): Error {
  const options = cause === undefined ? {} : { cause: unpackFailure(cause) };
  const error = code === undefined ? new Error(message, options) : new errorClasses[code](message, options);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
