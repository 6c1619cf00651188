import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../../src/evaluation/stage/result.ts';
import { html } from '../../../src/report/page/html.ts';
import { provenanceSection } from '../../../src/report/page/provenance.ts';
import { summarize } from '../../../src/report/summary.ts';
import { verdictOf } from '../../../src/report/verdict.ts';
import { evaluationOf } from '../fixture/evaluation.ts';

function pageOf(evaluation: Evaluation): string {
  const summary = summarize(evaluation);
  const run = { folder: '', evaluation, training: [], recipe: '', precisions: {} };
  const shown = { figures: [], grids: new Map(), downloads: [], fontFaces: '' };
  return html`${provenanceSection.body({ run, summary, verdict: verdictOf(summary), ...shown })}`.text;
}

describe('a report of a run that several machines made', () => {
  const machines = [
    { host: 'one', cpu: 'Xeon', units: { trajectories: 1200, metrics: 3 }, seconds: 60 },
    { host: 'two<', cpu: 'EPYC', units: { samples: 2 }, seconds: 5 },
  ];

  it('says who did the work, and what it means where they are of several kinds', () => {
    const page = pageOf({ ...evaluationOf(), workers: { mixed: true, machines } });
    expect(page).toContain('differ in their last bits');
    expect(page).toMatch(/one<\/th><td>Xeon<\/td><td>1,200<\/td><td>3<\/td><td>0<\/td>/);
    expect(page).toMatch(/two&lt;<\/th><td>EPYC<\/td><td>0<\/td><td>0<\/td><td>2<\/td>/);
  });

  it('says nothing of bytes where they are of one kind, and nothing at all of one process', () => {
    const page = pageOf({ ...evaluationOf(), workers: { mixed: false, machines } });
    expect(page).toContain('Who did the work');
    expect(page).not.toContain('last bits');
    expect(pageOf(evaluationOf())).not.toContain('Who did the work');
  });
});

describe('a report of students that were not trained in float32 alone', () => {
  it('says in which numbers, and what int8 saves where that was timed', () => {
    const trainings = [
      { name: 'one', seed: 1, used: 'int8', speedup: 1.534 },
      { name: 'two', seed: 2, used: 'float32', speedup: 1.02 },
      { name: 'three', seed: 3, used: 'int8' },
    ] as const;
    const page = pageOf({ ...evaluationOf(), trainings });
    expect(page).toContain('<div>one, seed 1: int8, int8 1.53 times as fast a step</div>');
    expect(page).toContain('<div>two, seed 2: float32, int8 1.02 times as fast a step</div>');
    expect(page).toContain('<div>three, seed 3: int8</div>');
    expect(pageOf(evaluationOf())).not.toContain('Trained in');
  });
});
