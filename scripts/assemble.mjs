// Assembles src/engine/training/optimizer.wat into src/engine/training/optimizer-bytes.ts: `node scripts/assemble.mjs`.
import { readFileSync, writeFileSync } from 'node:fs';
import wabtModule from 'wabt';

const source = new URL('../src/engine/training/optimizer.wat', import.meta.url);
const target = new URL('../src/engine/training/optimizer-bytes.ts', import.meta.url);

/** The WebAssembly bytes of the optimizer's pass, as base64. */
export async function assemble() {
  const wabt = await wabtModule();
  const module = wabt.parseWat('optimizer.wat', readFileSync(source, 'utf8'), { simd: true, multi_value: true });
  return Buffer.from(module.toBinary({}).buffer).toString('base64');
}

if (import.meta.url === `file://${process.argv[1]}`)
  writeFileSync(
    target,
    `/** optimizer.wat, assembled by scripts/assemble.mjs; a test holds the two together. */\nexport const optimizerBytes =\n  '${await assemble()}';\n`,
  );
