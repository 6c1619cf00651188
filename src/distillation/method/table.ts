import { extensible } from '../../ground/plugin/table.ts';
import { alphaFlow } from './alpha-flow.ts';
import { consistency } from './consistency.ts';
import { dmd2 } from './dmd2.ts';
import { drifting } from './drifting.ts';
import { endpoint } from './endpoint.ts';
import { energy } from './energy.ts';
import { facm } from './facm.ts';
import { lagrangian } from './lagrangian.ts';
import { meanFlow } from './mean-flow.ts';
import { meanVelocityRegression } from './mean-velocity.ts';
import type { MethodEntry } from './method.ts';
import { onPolicy } from './on-policy.ts';
import { phasedConsistency } from './phased-consistency.ts';
import { piecewiseReflow } from './piecewise-reflow.ts';
import { progressive } from './progressive.ts';
import { rectifiedFlow } from './rectified-flow.ts';
import { rectifiedFlowDistilled } from './rectified-flow-distilled.ts';
import { scm } from './scm.ts';
import { shortcut } from './shortcut.ts';
import { trajectory } from './trajectory.ts';

const builtIn = {
  trajectory,
  consistency,
  'phased-consistency': phasedConsistency,
  'rectified-flow': rectifiedFlow,
  'rectified-flow-distilled': rectifiedFlowDistilled,
  lagrangian,
  'mean-velocity': meanVelocityRegression,
  endpoint,
  'piecewise-reflow': piecewiseReflow,
  'mean-flow': meanFlow,
  'alpha-flow': alphaFlow,
  shortcut,
  facm,
  scm,
  progressive,
  'on-policy': onPolicy,
  energy,
  drifting,
  dmd2,
} as const satisfies Readonly<Record<string, MethodEntry>>;

/** A method's name in recipes. */
export type MethodName = keyof typeof builtIn;

/** The methods by the names that recipes use. */
export const methods = extensible('methods', builtIn);

/** The method of a name that a file holds; undefined where there is none. */
export const knownMethod = (name: string): MethodEntry | undefined =>
  new Map<string, MethodEntry>(Object.entries(methods)).get(name);

/** The method of a name. Throws TypeError where there is none: recipes are checked before. */
export function methodNamed(name: string): MethodEntry {
  const entry = knownMethod(name);
  if (entry === undefined) throw new TypeError(`no method is named ${name}`);
  return entry;
}
