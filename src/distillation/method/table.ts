import { consistency } from './consistency.ts';
import type { MethodEntry } from './method.ts';
import { rectifiedFlow } from './rectified-flow.ts';
import { rectifiedFlowDistilled } from './rectified-flow-distilled.ts';
import { trajectory } from './trajectory.ts';

/** The methods by the names that recipes use. */
export const methods: Readonly<Record<string, MethodEntry>> = {
  trajectory,
  consistency,
  'rectified-flow': rectifiedFlow,
  'rectified-flow-distilled': rectifiedFlowDistilled,
};

/** The method of a name. Throws TypeError where there is none: recipes are checked before. */
export function methodNamed(name: string): MethodEntry {
  const entry = methods[name];
  if (entry === undefined) throw new TypeError(`no method is named ${name}`);
  return entry;
}
