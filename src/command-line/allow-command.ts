import type { Command } from 'commander';

/** The option of commands that evaluate. */
export interface AllowCommandOption {
  readonly allowCommand?: boolean;
}

/** Adds `--allow-command`. */
export const withAllowCommand = (command: Command): Command =>
  command.option('--allow-command', 'run the program that a recipe names as evaluation.command (docs/command)');
