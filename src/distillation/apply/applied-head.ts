import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import type { FamilyName } from '../../heads/family/table.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import type { Postprocessing } from '../../heads/original/postprocessing.ts';

/** A linear layer that hidden states pass before they are conditions: weight [H, Z], bias [H]. */
export interface Projector {
  readonly weight: HostTensor<Float32Array>;
  readonly bias: HostTensor<Float32Array>;
}

/** A teacher's head that is applied: the network, and what its system does around it. */
export interface AppliedHead {
  /** Whose rules it samples by. */
  readonly family: FamilyName;
  /** The network's tensors by their names without the prefix. */
  readonly parameters: Parameters;
  /** What their names start with in the original checkpoint. */
  readonly prefix: string;
  readonly config: HeadConfig;
  readonly postprocessing: Postprocessing;
  readonly projector?: Projector;
}

/** Results by name, as they are written. */
export type Outputs = Readonly<Record<string, HostTensor>>;
