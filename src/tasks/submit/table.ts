import type { Engine } from './engine.ts';
import { kubernetes } from './kubernetes.ts';
import { slurm } from './slurm.ts';

/** The engines by name, which is their option: `--slurm`. One more is a file and a line. */
export const engines = { slurm, kubernetes } satisfies Record<string, Engine>;

/** The name of an engine. */
export type EngineName = keyof typeof engines;
