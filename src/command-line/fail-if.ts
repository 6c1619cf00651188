import type { ReferenceEvaluation } from '../evaluation/reference/evaluate-reference.ts';
import type { Evaluation } from '../evaluation/stage/result.ts';
import { ConditionError } from '../ground/errors.ts';
import { type Condition, exactly, type JudgedRow, whatHolds } from '../report/condition.ts';
import { entriesOf, ratioToTeacher, summarize } from '../report/summary.ts';
import { bestTrade } from '../report/trade.ts';

/** Throws ConditionError where any of the conditions holds, with what makes it hold. */
export function failIf(conditions: readonly Condition[], rows: readonly JudgedRow[]): void {
  const held = conditions.flatMap((condition) =>
    whatHolds(condition, rows).map((what) => `--fail-if ${condition.text}: ${what}`),
  );
  if (held.length > 0) throw new ConditionError(held.join('\n'));
}

/** The students of a run, their seeds together; without a name the recommended one is meant. */
export function judgedStudents(evaluation: Evaluation): JudgedRow[] {
  const summary = summarize(evaluation);
  const chosen = bestTrade(summary)?.chosen;
  return entriesOf(summary, 'student').map((entry) => {
    const { name, steps, nfe, quality, speedup } = entry;
    const measured = summary.metrics.flatMap(({ name: metric, column }) => {
      const estimate = quality[metric];
      return estimate === undefined ? [] : [[column, estimate] as const];
    });
    const ratio = ratioToTeacher(entry, summary, summary.ranking);
    return {
      ...{ student: name, steps, chosen: entry === chosen },
      numbers: {
        ...Object.fromEntries(measured),
        ...(ratio && { ratio_to_teacher: ratio }),
        nfe: exactly(nfe),
        ...(speedup !== undefined && { speedup: exactly(speedup) }),
      },
    };
  });
}

/** The students that were measured against a reference; without a name all of them are meant. */
export const judgedHeads = ({ students }: ReferenceEvaluation): JudgedRow[] =>
  students.map(({ student, steps, nfe, energyDistance, dispersion, endpointError }) => ({
    ...{ student, steps, chosen: true },
    numbers: {
      energy_distance: energyDistance,
      ...(dispersion && { dispersion }),
      ...(endpointError && { endpoint_error: endpointError }),
      nfe: exactly(nfe),
    },
  }));
