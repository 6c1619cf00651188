import { EngineError } from '../../ground/errors.ts';
import { nativeCall, throwIfInterrupted } from '../../ground/interruption.ts';
import * as ort from './runtime.ts';

/**
 * Threads that wait for work spin this long before they sleep. The default, milliseconds, takes a shared machine's
 * cores from the other programs (a step of a small head ran twice as fast with this on two busy cores).
 */
const sessionConfig = { intra_op: { spin_duration_us: '100' } };

/** What a session is made for. */
interface Purpose {
  /**
   * Large programs leave out what costs memory: a plan of one block for all values, beside the memory of the first run, and
   * packed copies of weights, one for each product (an unrolled sampler has as many as steps).
   */
  readonly large?: boolean;
  /** Outputs, by their names in the file, that stay in the memory of the device. */
  readonly onDevice?: readonly string[];
}

/** Opens a session, bytes or the path of a file. Throws EngineError. */
export async function createSession(
  model: Uint8Array | string,
  { provider, threads }: { readonly provider: string; readonly threads: number },
  { large = false, onDevice = [] }: Purpose = {},
): Promise<ort.InferenceSession> {
  throwIfInterrupted();
  const known = ort.listSupportedBackends().map(({ name }) => name);
  if (!known.includes(provider)) {
    throw new EngineError(
      `engine onnx, provider '${provider}': expected one that this onnxruntime has: ${known.join(', ')}`,
    );
  }
  try {
    const options: ort.InferenceSession.SessionOptions = {
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      enableMemPattern: !large,
      logSeverityLevel: 3,
      ...(onDevice.length > 0 && {
        preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer' as const])),
      }),
      extra: { session: { ...sessionConfig, ...(large && { disable_prepacking: '1' }) } },
    };
    return await nativeCall(() =>
      typeof model === 'string'
        ? ort.InferenceSession.create(model, options)
        : ort.InferenceSession.create(model, options),
    );
  } catch (cause) {
    throw new EngineError(`engine onnx, provider '${provider}': the program does not start: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** What an error says. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
