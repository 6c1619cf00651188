import type { ProgressDisplay } from './progress.ts';

/** The options that every command has. */
export interface CommonOptions {
  /** Results as JSON on the standard output; no progress. */
  readonly json?: boolean;
  /** No progress. */
  readonly quiet?: boolean;
}

/** What a command speaks to: results go to the standard output, everything else to the standard error. */
export interface Terminal {
  /** The command line as a shell takes it, to make a result again. */
  readonly command: string;
  /** Prints a result, a line break added. */
  print(text: string): void;
  /** Prints a remark on the standard error. */
  note(text: string): void;
  /** Progress for the stages of one command. */
  progress(options: CommonOptions): Promise<ProgressDisplay>;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}
