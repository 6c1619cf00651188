import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../ground/errors.ts';
import { quoted } from '../../ground/file/quoted.ts';

/** Checks the name of an imported head and that its folder holds no other kind of teacher. Throws UsageError. */
export async function checkDestination({
  name,
  output,
}: {
  readonly name: string;
  readonly output: string;
}): Promise<void> {
  if (!/^[a-z0-9][a-z0-9.-]{0,63}$/.test(name))
    throw new UsageError(`--name: expected lower-case letters, digits, dots and dashes, got ${quoted(name)}`);
  const text = await readFile(join(output, 'card.json'), 'utf8').catch(() => undefined);
  if (text !== undefined && !/"fewstep-(imported|onnx)-1"/.test(text))
    throw new UsageError(`${output}: expected a new folder or an imported head, found another teacher`);
}
