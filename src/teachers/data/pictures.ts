/** The native libraries that draw pictures; npm installs each one's part for this system as an optional package. */
import { EngineError } from '../../ground/errors.ts';

const absent = (name: string) => (cause: unknown) => {
  throw new EngineError(
    `${name}: its part for ${process.platform}-${process.arch}, which draws pictures, is not installed; it is an ` +
      `optional package: install again with \`npm install --include=optional\``,
    { cause },
  );
};

/** sharp. Throws EngineError where its native part is not installed. */
export const loadSharp = async (): Promise<typeof import('sharp').default> =>
  import('sharp').then((module) => module.default, absent('sharp'));

/** resvg's renderer. Throws EngineError where its native part is not installed. */
export const loadResvg = async (): Promise<typeof import('@resvg/resvg-js').Resvg> =>
  import('@resvg/resvg-js').then(({ Resvg }) => Resvg, absent('@resvg/resvg-js'));
