import { openHostStepping } from './host.ts';
import { openResidentStepping } from './resident.ts';
import type { Placed, SettledOptions, Stepping } from './stepping.ts';

/**
 * On the cpu, and eagerly, the state stays in the arena and the optimizer is a pass over it; on an accelerator the state stays on
 * the device and the optimizer is part of the program.
 */
export function openStepping(placed: Placed, options: SettledOptions): Promise<Stepping> {
  const { engine, resident = engine.kind === 'onnx' && engine.provider !== 'cpu' } = options;
  return resident ? openResidentStepping(placed, options) : openHostStepping(placed, options);
}
