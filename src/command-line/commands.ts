import type { Command } from 'commander';
import type { Terminal } from './terminal.ts';

/** A command's file: its arguments, its help and the one function that it calls. */
export interface CommandModule {
  readonly command: (terminal: Terminal) => Command;
}

/** A command as the list of commands shows it; its file is loaded when it is asked for. */
export interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** The commands by name, in the order of the help. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  run: { summary: 'distil a teacher into students, from recipe to report', load: () => import('./run.ts') },
  trajectories: { summary: "solve the teacher's flow and keep the paths", load: () => import('./trajectories.ts') },
  distill: { summary: 'train the students on the trajectories', load: () => import('./distill.ts') },
  evaluate: { summary: 'measure quality and speed of students and teacher', load: () => import('./evaluate.ts') },
  worker: { summary: 'do the work units of runs that other machines coordinate', load: () => import('./worker.ts') },
  submit: { summary: "hand a run to a cluster's engine, Slurm or Kubernetes", load: () => import('./submit.ts') },
  task: { summary: "do units of a run's plan on this machine", load: () => import('./task.ts') },
  plan: { summary: 'simulate a run on many workers', load: () => import('./plan.ts') },
  status: { summary: 'tell how far a run is, and who is at it', load: () => import('./status.ts') },
  runs: { summary: 'list runs, and remove those that are not needed', load: () => import('./runs.ts') },
  report: { summary: 'write the report of a run anew', load: () => import('./report.ts') },
  compare: { summary: 'set runs, methods and step counts side by side', load: () => import('./compare.ts') },
  apply: { summary: 'apply a teacher or student to tensors of a file', load: () => import('./apply.ts') },
  sample: { summary: 'draw images by teacher and students', load: () => import('./sample.ts') },
  export: { summary: 'write students as ONNX and safetensors', load: () => import('./export.ts') },
  teacher: { summary: 'train a teacher on data, or measure one', load: () => import('./teacher.ts') },
  data: { summary: 'check captured hidden states, or make synthetic ones', load: () => import('./data.ts') },
  features: { summary: 'train the feature network of image metrics', load: () => import('./features.ts') },
  init: { summary: 'write a commented recipe to start from', load: () => import('./init.ts') },
  doctor: { summary: 'check what works on this machine', load: () => import('./doctor.ts') },
};
