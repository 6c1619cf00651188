import { textTable } from '../report/terminal-table.ts';
import { countText, durationText } from './phrase.ts';
import { stageCommand } from './stage-command.ts';
import type { Terminal } from './terminal.ts';

const columns = [
  { title: 'Student', align: 'left' },
  { title: 'Seed', align: 'right' },
  { title: 'Steps', align: 'right' },
  { title: 'Head forwards', align: 'right' },
  { title: 'Time', align: 'right' },
  { title: 'Weights', align: 'left' },
] as const;

/** `fewstep distill`: the students' training. */
export const command = (terminal: Terminal) =>
  stageCommand(terminal, 'distill', {
    description: 'Trains the students on the cached trajectories.',
    text: ({ students }) =>
      textTable(
        columns,
        students.map(({ name, seed, path, facts: { steps, forwards, seconds } }) => [
          ...[name, String(seed), countText(steps), countText(forwards), durationText(seconds), path],
        ]),
      ),
  });
