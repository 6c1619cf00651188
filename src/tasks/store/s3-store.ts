/** A store in S3, or in what speaks like it, by the official SDK: its chain finds credentials, its checksums guard what is sent. */
import { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  paginateListObjectsV2,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { FileError } from '../../ground/errors.ts';
import type { S3Place } from './s3-place.ts';
import type { RunStore, StoredContent } from './store.ts';

/** How often a request is tried: with the SDK's growing pauses this outlasts a minute without a network. */
const ATTEMPTS = 12;
/** The same before the store has answered once. */
const FIRST_ATTEMPTS = 2;
const CONNECT_MILLISECONDS = 10_000;
/** A connection that is silent for so long is given up. */
const SILENT_MILLISECONDS = 60_000;

/** The pieces of larger objects: 8 MiB, or more where there would be more pieces than S3 allows. */
const PART_BYTES = 8 << 20;
const MOST_PARTS = 9_000;
const PARTS_AT_ONCE = 2;
/** The most keys that S3 removes in one request. */
const REMOVED_AT_ONCE = 1000;

/** What the environment says of another server than Amazon's. */
function clientConfig(): S3ClientConfig {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_PROFILE } = process.env;
  const other = (AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined;
  return {
    requestHandler: { connectionTimeout: CONNECT_MILLISECONDS, socketTimeout: SILENT_MILLISECONDS },
    // such servers have one name for all buckets, and no regions that matter
    ...(other && { forcePathStyle: true }),
    ...(other && AWS_REGION === undefined && AWS_PROFILE === undefined && { region: 'us-east-1' }),
  };
}

/** Opens it, once it has answered. Throws FileError. */
export async function openS3Store({ bucket, prefix }: S3Place, signal: AbortSignal): Promise<RunStore> {
  const shown = `s3://${bucket}/${prefix}`.replace(/\/$/, '');
  const failed = (error: unknown, stopped: AbortSignal, what: string): unknown =>
    stopped.aborted ? stopped.reason : new FileError(`${shown}: ${what}: ${reasonOf(error)}`, { cause: error });
  await answers(bucket, signal).catch((error) => {
    throw failed(error, signal, 'cannot be reached');
  });
  const client = new S3Client({ ...clientConfig(), maxAttempts: ATTEMPTS });
  return {
    shown,
    async list(start, abortSignal) {
      const keys: string[] = [];
      try {
        const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix + start }, { abortSignal });
        for await (const { Contents = [] } of pages)
          for (const { Key = '' } of Contents) if (Key.startsWith(prefix)) keys.push(Key.slice(prefix.length));
      } catch (error) {
        throw failed(error, abortSignal, `${start}: cannot be listed`);
      }
      return keys;
    },
    put: (key, content, abortSignal) =>
      upload(client, { Bucket: bucket, Key: prefix + key }, content, abortSignal).catch((error) => {
        throw error instanceof FileError ? error : failed(error, abortSignal, `${key}: cannot be written`);
      }),
    async get(key, abortSignal) {
      try {
        const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: prefix + key }), {
          abortSignal,
        });
        if (!(Body instanceof Readable)) throw new Error('an answer without a body');
        return { bytes: ContentLength ?? Number.NaN, body: Body };
      } catch (error) {
        if (error instanceof Error && /^(NoSuchKey|NotFound)$/.test(error.name)) return undefined;
        throw failed(error, abortSignal, `${key}: cannot be read`);
      }
    },
    async remove(keys, abortSignal) {
      for (let from = 0; from < keys.length; from += REMOVED_AT_ONCE) {
        const Objects = keys.slice(from, from + REMOVED_AT_ONCE).map((key) => ({ Key: prefix + key }));
        await client
          .send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }), { abortSignal })
          .catch((error) => {
            throw failed(error, abortSignal, 'cannot be removed');
          });
      }
    },
    close: () => client.destroy(),
  };
}

/** Asks for the bucket, with few tries: what is wrong from the start is told at once. */
async function answers(bucket: string, abortSignal: AbortSignal): Promise<void> {
  const client = new S3Client({ ...clientConfig(), maxAttempts: FIRST_ATTEMPTS });
  await client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal }).finally(() => client.destroy());
}

/** Sends an object, a large one in pieces; one that fails leaves no pieces behind. */
async function upload(
  client: S3Client,
  to: { readonly Bucket: string; readonly Key: string },
  { bytes, open }: StoredContent,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const body = open();
  let broken: Error | undefined; // what an upload then throws may be of the tidying up
  body.once('error', (error) => {
    broken = error;
  });
  const sending = new Upload({
    client,
    params: { ...to, Body: body, ChecksumAlgorithm: 'SHA256' },
    partSize: Math.max(PART_BYTES, Math.ceil(bytes / MOST_PARTS)),
    queueSize: PARTS_AT_ONCE,
    leavePartsOnError: false,
  });
  const stop = (): void => void sending.abort();
  signal.addEventListener('abort', stop);
  try {
    await sending.done();
  } catch (error) {
    throw broken ?? error;
  } finally {
    body.destroy();
    signal.removeEventListener('abort', stop);
  }
}

/** What a refusal means, where the answer has no words of its own: those to HEAD have no body. */
const statusReasons: Readonly<Record<number, string>> = {
  301: 'the bucket is in another region: AWS_REGION names it',
  403: 'access denied',
  404: 'there is no such bucket',
};

/** What went wrong in one line, without what the request held. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  if (!(error instanceof Error)) return String(error);
  const { $metadata: { httpStatusCode = 0 } = {} } = error as { readonly $metadata?: { httpStatusCode?: number } };
  const known = error.name === '403' || /^(NotFound|Forbidden|PermanentRedirect|Unknown.*)$/.test(error.name);
  const text = known || error.message === 'UnknownError' ? statusReasons[httpStatusCode] : undefined;
  return (text ?? `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}`)
    .replace(/\s+/g, ' ')
    .slice(0, 300);
}
