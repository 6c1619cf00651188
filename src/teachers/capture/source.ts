import type { ContextSource } from '../teacher.ts';
import { openCapture } from './capture.ts';
import { captureContexts, checkContexts } from './contexts.ts';
import { captureHash } from './identity.ts';

/** The capture in a folder as the contexts of an imported teacher. Throws DataError or FileError. */
export async function captureSource(path: string): Promise<ContextSource> {
  const capture = await openCapture(path);
  return {
    hash: await captureHash(capture),
    condition: capture.condition,
    threeWay: capture.has('image_only'),
    contexts: (request) => captureContexts(capture, request),
    check: (use) => checkContexts(capture, use),
  };
}
