import type { HostTensor, Parameters } from '../../ground/host-tensor.ts';
import type { Loss } from '../../heads/loss/loss.ts';
import type { HeadConfig } from '../../heads/network/config.ts';
import type { Postprocessing } from '../../heads/original/postprocessing.ts';
import type { Rule } from '../../heads/original/rule.ts';

/** A linear layer that hidden states pass before they are conditions: weight [H, Z], bias [H]. */
export interface Projector {
  readonly weight: HostTensor<Float32Array>;
  readonly bias: HostTensor<Float32Array>;
}

/** A teacher's head that is applied: the network, and what its system does around it. */
export interface AppliedHead {
  /** Its family, or what it came as. */
  readonly system: string;
  /** What its system samples by; the first is usual. */
  readonly rules: Readonly<Record<string, Rule>>;
  /** What its system trains it by. */
  readonly losses: readonly Loss[];
  /** The network's tensors by their names without the prefix. */
  readonly parameters: Parameters;
  /** What their names start with in the original checkpoint. */
  readonly prefix: string;
  readonly config: HeadConfig;
  readonly postprocessing: Postprocessing;
  readonly projector?: Projector;
  /** What each place of a token adds to its hidden state to be its condition [places, H]. */
  readonly positions?: HostTensor<Float32Array>;
}

/** Results by name, as they are written. */
export type Outputs = Readonly<Record<string, HostTensor>>;
