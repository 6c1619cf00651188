import { FileError, FlowError } from '../errors.ts';

/** What the operating system's error codes mean, in words. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it exists already',
  EFBIG: 'the file would be larger than this system or its limit (ulimit -f) allows',
  EINVAL: 'the file system refuses it',
  EIO: 'the disk reports an input/output error',
  EISDIR: 'it is a folder',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many open files on this system',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of the path is not a folder',
  ENOTEMPTY: 'the folder is not empty',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ETXTBSY: 'it is being run',
};

/** The code of an error of the operating system (`ENOENT`), if that is what it is. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/**
 * A failed reading or writing as a FileError: `path: cannot be written: no space left on the device (ENOSPC)`. An
 * error that is a FlowError already, or no error of the operating system, is given back as it is.
 */
export function fileFailure(path: string, action: 'read' | 'written' | 'removed', error: unknown): unknown {
  const code = systemCode(error);
  if (error instanceof FlowError || code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  return new FileError(`${path}: cannot be ${action}: ${reasons[code] ?? 'the system refuses it'} (${code})`, {
    cause: error,
  });
}
