import { s3Place } from './s3-place.ts';
import type { RunStore } from './store.ts';

/** Opens a store in S3 or what speaks like it; the SDK is loaded here and not before. Throws UsageError, FileError. */
export async function openS3(address: string, signal: AbortSignal): Promise<RunStore> {
  const place = s3Place(address);
  // a note to developers on versions of Node that are still to come, which users of a worker cannot act on
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { openS3Store } = await import('./s3-store.ts');
  return openS3Store(place, signal);
}
