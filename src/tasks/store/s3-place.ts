import { UsageError } from '../../ground/errors.ts';

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
