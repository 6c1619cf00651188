import type { Conventions } from '../network/conventions.ts';
import type { ArchitectureName } from '../network/templates.ts';

/** The families of heads that can be imported. */
export type FamilyName = 'nextstep' | 'mar' | 'pocket-tts' | 'vibevoice' | 'calm-flow';

/** A tensor beside the head's own that its system needs, by what its name ends with. */
export interface Extra {
  readonly name: string;
  /** Its shape, of the head's sizes. */
  readonly shape: (sizes: { readonly token: number; readonly condition: number }) => readonly (number | undefined)[];
  /** What it is for. */
  readonly purpose: string;
}

/** A family of heads: what tells one in a checkpoint, and what its weights cannot tell. */
export interface Family {
  /** The system, for people. */
  readonly title: string;
  readonly architecture: ArchitectureName;
  /** What its tensors' names start with in a full checkpoint, the most usual first. */
  readonly prefixes: readonly string[];
  /** Parts of a prefix that no other family has. */
  readonly marks: readonly string[];
  /** Widths of a token in the network's output: 2 where variances stand behind the prediction. */
  readonly outputs: number;
  readonly timeScale: number;
  readonly conventions: Conventions;
  /** What the latents are multiplied by before they are the head's tokens; 1 unless the system says otherwise. */
  readonly latentScale: number;
  readonly extras: readonly Extra[];
  /** Keys of the dictionaries of tensors in a PyTorch file, the most wanted first. */
  readonly select: readonly string[];
  /** How the original samples with it. */
  readonly official: {
    readonly rule: string;
    readonly steps: number;
    readonly guidance: number;
  };
  /** Whether our formulas have been compared with numbers of the original code. */
  readonly compared: boolean;
}
