import { countText, durationText, labelled } from './phrase.ts';
import { stageCommand } from './stage-command.ts';
import type { Terminal } from './terminal.ts';

/** `fewstep trajectories`: the teacher's solves. */
export const command = (terminal: Terminal) =>
  stageCommand(terminal, 'trajectories', {
    description: "Solves the teacher's flow once for all students and keeps the trajectories as shards.",
    text: ({ cache, facts: { contexts, draws, forwards, seconds } }) =>
      labelled({
        Trajectories: cache,
        Paths: `${countText(contexts * draws)}: ${countText(contexts)} contexts × ${draws} draws`,
        Cost: `${countText(forwards)} head forwards in ${durationText(seconds)}`,
      }),
  });
