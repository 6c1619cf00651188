import type { Loss } from '../loss/loss.ts';
import type { HeadTraining } from '../loss/training.ts';
import type { Conventions } from '../network/conventions.ts';
import type { ArchitectureName } from '../network/table.ts';
import type { Rule } from '../original/rule.ts';

/**
 * What a tensor beside a head does: a layer before it, what a place adds to its conditions, or how its tokens become the
 * system's latents again.
 */
export type ExtraRole = 'projector-weight' | 'projector-bias' | 'mean' | 'std' | 'scale' | 'bias' | 'positions';

/** A tensor beside the head's own that its system needs, by what its name ends with. */
export interface Extra {
  readonly name: string;
  readonly role: ExtraRole;
  /** Its shape, of the head's sizes. */
  readonly shape: (sizes: { readonly token: number; readonly condition: number }) => readonly (number | undefined)[];
  /** What it is for. */
  readonly purpose: string;
}

/** A family of heads: what tells one in a checkpoint, what its weights cannot tell, and what its system does with it. */
export interface Family {
  /** The system, for people. */
  readonly title: string;
  readonly architecture: ArchitectureName;
  /** What its tensors' names start with in a full checkpoint, the most usual first. */
  readonly prefixes: readonly string[];
  /** Parts of a prefix that no other family has. */
  readonly marks: readonly string[];
  /** Two parts of a prefix under which its system stores the same head: a whole checkpoint holds every tensor twice. */
  readonly twins?: readonly [string, string];
  /** Widths of a token in the network's output: 2 where variances stand behind the prediction. */
  readonly outputs: number;
  readonly timeScale: number;
  readonly conventions: Conventions;
  /** What the latents are multiplied by before they are the head's tokens; 1 unless the system says otherwise. */
  readonly latentScale: number;
  readonly extras: readonly Extra[];
  /** Whether the system puts each sampled token on the sphere of radius √D; not unless given. */
  readonly onSphere?: true;
  /** Keys of the dictionaries of tensors in a PyTorch file, the most wanted first. */
  readonly select: readonly string[];
  /** How the original samples with it. */
  readonly official: {
    /** One of its rules. */
    readonly rule: string;
    readonly steps: number;
    readonly guidance: number;
    /** Guided evaluations a step; 1 unless given. */
    readonly evaluations?: number;
  };
  /**
   * The samplers of the original system by the names that the command line gives them; the first is the usual one. None of
   * heads that are called once.
   */
  readonly rules: Readonly<Record<string, Rule>>;
  /** What the original descends; of several, those that are asked for by variant. */
  readonly losses: readonly Loss[];
  /** How `fewstep data synthesize` trains a small one; heads that there is nothing to distil of have none. */
  readonly training?: HeadTraining;
  /** The start index of a small head, where the usual one is too noisy for what is never exact. */
  readonly smallStartIndex?: number;
}
