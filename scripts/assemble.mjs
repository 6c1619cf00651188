// Assembles each WebAssembly text in src/ into the module beside it, as base64: `node scripts/assemble.mjs`.
import { readFileSync, writeFileSync } from 'node:fs';
import wabtModule from 'wabt';

const texts = { optimizer: 'engine/training/', attention: 'teachers/backbone/' };
const pathOf = (name, end) => new URL(`../src/${texts[name]}${name}${end}`, import.meta.url);

/** The WebAssembly bytes of a text by its name, as base64. */
export async function assemble(name) {
  const wabt = await wabtModule();
  const features = { simd: true, multi_value: true };
  const module = wabt.parseWat(`${name}.wat`, readFileSync(pathOf(name, '.wat'), 'utf8'), features);
  return Buffer.from(module.toBinary({}).buffer).toString('base64');
}

if (import.meta.url === `file://${process.argv[1]}`)
  for (const name of Object.keys(texts))
    writeFileSync(
      pathOf(name, '-bytes.ts'),
      `/** ${name}.wat, assembled by scripts/assemble.mjs; a test holds the two together. */\nexport const ${name}Bytes =\n  '${await assemble(name)}';\n`,
    );
