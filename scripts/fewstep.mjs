#!/usr/bin/env node
// The command `fewstep`. In a checkout it compiles first where sources have changed; the package is compiled already.
import { existsSync } from 'node:fs';

const compiler = new URL('build.mjs', import.meta.url);
try {
  if (existsSync(compiler)) await (await import(compiler.href)).build();
} catch (error) {
  console.error(`fewstep: ${error.message}`);
  process.exit(1);
}
await import('../dist/command-line/main.js');
