import { fd } from '../../evaluation/metric/fd.ts';
import { withinFloor } from '../floor-test.ts';
import { estimateText, number } from '../number.ts';
import { entriesOf, entryLabel } from '../summary.ts';
import { bestTrade } from '../trade.ts';
import { defineDiagnostic } from './finding.ts';

/** How many times the real–real floor a teacher must be away to be what limits. */
const FAR = 2;

/** The student is as good as its teacher: what is left to gain is the teacher's. */
export const teacherLimited = defineDiagnostic({
  name: 'teacher-limited',
  title: 'Limited by the teacher',
  find: ({ summary }) => {
    const { teacher, evaluation } = summary;
    const chosen = bestTrade(summary)?.chosen;
    const [own, real] = [teacher.quality.fd, evaluation.floors.realReal?.fd];
    if (chosen === undefined || own === undefined || real === undefined) return [];
    if (withinFloor(chosen.quality, summary) !== true || own.low <= FAR * real.high) return [];
    return [
      {
        where: entryLabel(chosen),
        evidence: `It is within the floor of its teacher, whose own distance to real data is ${estimateText(own, fd)} where two sets of real data are ${estimateText(real, fd)} apart.`,
        advice: 'No distillation makes it better: improve the teacher, or its guidance scale.',
      },
    ];
  },
});

/** The evaluation cannot tell a head that is known to be coarse from the teacher. */
export const floorLimited = defineDiagnostic({
  name: 'floor-limited',
  title: 'Limited by the number of samples',
  find: ({ summary }) => {
    const solvers = entriesOf(summary, 'solver').filter(({ rows }) =>
      rows.every(({ own, fit, stepsByToken }) => own === undefined && fit === undefined && stepsByToken === undefined),
    );
    const fewest = Math.min(...solvers.map(({ nfe }) => nfe));
    const coarse = solvers.filter((entry) => entry.nfe === fewest);
    const students = entriesOf(summary, 'student');
    const blind = [...students, ...coarse].every(({ quality }) => withinFloor(quality, summary) === true);
    const [first] = coarse;
    if (first === undefined || students.length === 0 || !blind) return [];
    return [
      {
        where: 'this evaluation',
        evidence: `Every student is within the floor, and so is the coarsest solver (${entryLabel(first)}, ${number(first.nfe)} forwards): the floor is too wide to tell them apart.`,
        advice: 'Raise evaluation.samples; the floor narrows with it.',
      },
    ];
  },
});
