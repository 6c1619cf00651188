import { floorTest } from '../floor-test.ts';
import { floorsOf } from '../floors.ts';
import { intervalText, number, valueText } from '../number.ts';
import { ownSamplerSentence } from '../own-sampler.ts';
import { pathsSentence } from '../paths.ts';
import { seedSpreads } from '../seed-spread.ts';
import { entryLabel, type Summary } from '../summary.ts';
import { type Html, html } from './html.ts';
import type { Section } from './section.ts';

/** What two sets from one source measure: no student can be told from its source below these. */
export const floorsSection: Section = {
  id: 'floors',
  title: 'Floors',
  body: ({ summary }) => {
    const rows = summary.metrics.flatMap((metric) =>
      floorsOf(summary.evaluation, metric).map(
        ({ label, estimate }) =>
          html`<tr><th scope="row">${metric.label}</th><td class="text">${label}</td><td>${valueText(estimate, metric)} <small>${intervalText(estimate, metric)}</small></td></tr>
`,
      ),
    );
    const test = floorTest(summary);
    const paragraphs = [ownSamplerSentence(summary), pathsSentence(summary.evaluation)].filter((text) => text !== '');
    return (
      rows.length > 0 &&
      html`${paragraphs.map(
        (text) => html`<p>${text}</p>
`,
      )}<p>The same metrics between two sets from one source, at the same number of samples: disjoint halves of noise through the teacher, and disjoint sets of real data. A difference smaller than its floor is not a difference.${test && html` A student is <em>within the floor</em> when its ${test.metric.label} is at most the upper end of the teacher–teacher floor.`}</p>
<div class="scroll" tabindex="0" role="group" aria-label="Floors"><table class="inline"><thead><tr><th scope="col">Metric</th><th scope="col" class="text">Between</th><th scope="col">Value</th></tr></thead><tbody>
${rows}</tbody></table></div>
${betweenSeeds(summary)}`
    );
  },
};

/** What trainings differ by, where students have several seeds. */
function betweenSeeds(summary: Summary): Html | false {
  const spreads = seedSpreads(summary);
  return (
    spreads.length > 0 &&
    html`<p>Seeds are sampled from the same prompts and noise, so that what their ${summary.ranking.label} differs by is their training; beside it, what the samples of one leave open.</p>
<div class="scroll" tabindex="0" role="group" aria-label="Between seeds"><table class="inline"><thead><tr><th scope="col">Student</th><th scope="col">Seeds</th><th scope="col">Mean</th><th scope="col">Deviation of trainings</th><th scope="col">Standard error of samples</th></tr></thead><tbody>
${spreads.map(({ entry, seeds, mean, training, sampling }) => html`<tr><th scope="row">${entryLabel(entry)}</th><td>${String(seeds)}</td><td>${number(mean)}</td><td>${number(training)}</td><td>${number(sampling)}</td></tr>\n`)}</tbody></table></div>`
  );
}
