import { labelled } from './phrase.ts';
import { stageCommand } from './stage-command.ts';
import type { Terminal } from './terminal.ts';

/** `fewstep evaluate`: quality and speed of teacher, students and solvers. */
export const command = (terminal: Terminal) =>
  stageCommand(terminal, 'evaluate', {
    description: "Measures quality and speed of teacher, students and the teacher's solvers.",
    text: async ({ run, evaluation }) => {
      const { summarize } = await import('../report/summary.ts');
      const { verdictText } = await import('../report/verdict.ts');
      return `${verdictText(summarize(evaluation)).trimEnd()}\n\n${labelled({ Evaluation: `${run}/evaluation.json` })}`;
    },
  });
