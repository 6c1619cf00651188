import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file or folder that comes with the package, from the working folder: two folders up in the sources as in the build. */
export const shipped = (path: string): string =>
  relative('.', fileURLToPath(new URL(`../../${path}`, import.meta.url))) || '.';
