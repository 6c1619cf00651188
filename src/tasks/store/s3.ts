import { UsageError } from '../../ground/errors.ts';
import type { RunStore } from './store.ts';

/** A bucket and what the keys of all runs begin with: nothing, or a prefix that ends with a slash. */
export interface S3Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** Reads `s3://bucket/prefix`. Throws UsageError, which repeats nothing of it: somebody may have put a secret there. */
export function s3Place(address: string): S3Place {
  const [, bucket, rest = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:\/[\w.=-]+)*)\/?$/.exec(address) ?? [];
  if (bucket === undefined || rest.split('/').some((part) => part === '.' || part === '..'))
    throw new UsageError(
      '--store: expected s3://bucket/prefix of letters, digits and . _ = -; credentials and the endpoint by the environment of the AWS SDK',
    );
  return { bucket, prefix: rest === '' ? '' : `${rest.slice(1)}/` };
}

/** Opens a store in S3 or what speaks like it; the SDK is loaded here and not before. Throws UsageError, FileError. */
export async function openS3(address: string, signal: AbortSignal): Promise<RunStore> {
  const place = s3Place(address);
  // a note to developers on versions of Node that are still to come, which users of a worker cannot act on
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const { openS3Store } = await import('./s3-store.ts');
  return openS3Store(place, signal);
}
