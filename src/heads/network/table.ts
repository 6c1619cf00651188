/** Heads of every architecture through the same three functions: embed the context, modulate, apply. */
import { extensible } from '../../ground/plugin/table.ts';
import type { Architecture } from './architecture.ts';
import { graphArchitecture } from './graph-head.ts';
import { oneCall } from './one-call.ts';
import { sharedModulation } from './shared-modulation.ts';
import { residual } from './skeleton.ts';
import { swiglu } from './swiglu.ts';
import { twoTime } from './two-time.ts';

const builtIn = {
  residual,
  'two-time': twoTime,
  swiglu,
  'shared-modulation': sharedModulation,
  'one-call': oneCall,
  onnx: graphArchitecture,
} as const satisfies Readonly<Record<string, Architecture>>;

/** The name of an architecture. */
export type ArchitectureName = keyof typeof builtIn;

/** The architectures of heads; a head is `residual` unless it says otherwise. */
export const architectures: Readonly<Record<ArchitectureName, Architecture>> = extensible('heads', builtIn);
