/** How a failure of a unit crosses a queue: as text that says what kind it is and where it happened. */
import { z } from 'zod';
import { EngineError, exitCodes, FlowError, type FlowErrorCode } from '../../ground/errors.ts';
import { unpackFailure } from '../../ground/pool/failure.ts';
import { thisWorker } from '../record.ts';

const codes = Object.keys(exitCodes) as FlowErrorCode[];

const failureSchema = z.strictObject({
  code: z.enum(codes as [FlowErrorCode, ...FlowErrorCode[]]).exactOptional(),
  message: z.string().max(4000),
  worker: z.string().max(300),
});

/** A failure as text, with the worker that met it. */
export const failureText = (error: unknown): string =>
  JSON.stringify({
    ...(error instanceof FlowError && { code: error.code }),
    message: (error instanceof Error ? error.message : String(error)).slice(0, 4000),
    worker: thisWorker(),
  });

/** The error of such a text; any other text is an EngineError that repeats its beginning. */
export function failureOf(unit: string, text: string): Error {
  const failure = parsed(text);
  if (failure === undefined) return new EngineError(`${unit}: ${text.slice(0, 300)}`);
  const { code = 'engine', message, worker } = failure;
  return unpackFailure({ name: code, message: `${unit} on ${worker}: ${message}`, code });
}

function parsed(text: string): z.output<typeof failureSchema> | undefined {
  try {
    return failureSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
