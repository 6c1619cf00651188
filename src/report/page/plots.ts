import { dispersion } from '../../evaluation/metric/dispersion.ts';
import { diagnoses } from '../diagnosis.ts';
import { glossaryText } from '../glossary.ts';
import { entryLabel } from '../summary.ts';
import { html } from './html.ts';
import { figuresAt, type Section } from './section.ts';

/** Quality against cost. */
export const paretoSection: Section = {
  id: 'pareto',
  title: 'Quality against latency',
  body: (data) => figuresAt(data, 'pareto'),
};

/** Every metric against steps, and the Fréchet distances against head forwards too; then the seeds apart. */
export const curvesSection: Section = {
  id: 'curves',
  title: 'Metrics against steps',
  body: (data) => {
    const [plots, seeds] = [figuresAt(data, 'curves'), figuresAt(data, 'seeds')];
    return (
      plots.length > 0 &&
      html`<p>Bands and bars are 95 % intervals. Dotted lines across are the teacher at its own step count and the floors, with their intervals in grey. Grey curves are the teacher under its solvers at as few steps: what a student must beat.</p>
<div class="pair">${plots}</div>${seeds}`
    );
  },
};

/** A sentence on each student at each step count, and the spread as a figure. */
export const collapseSection: Section = {
  id: 'collapse',
  title: 'Has it collapsed?',
  body: (data) => {
    const found = diagnoses(data.summary);
    return (
      found.length > 0 &&
      html`<p>${glossaryText(dispersion)}</p>
<ul class="diagnoses">${found.map(({ entry, standing, sentence }) => html`<li><span class="chip ${standing.severity}">${standing.word}</span><div><strong>${entryLabel(entry)}</strong> ${sentence}</div></li>`)}</ul>
${figuresAt(data, 'collapse')}`
    );
  },
};

/** Loss curves. */
export const trainingSection: Section = {
  id: 'training',
  title: 'Training',
  body: (data) => figuresAt(data, 'training'),
};
