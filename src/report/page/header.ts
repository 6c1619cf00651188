import { dispersion } from '../../evaluation/metric/dispersion.ts';
import { fdRatio } from '../../evaluation/metric/fd-ratio.ts';
import { leftOutSentences } from '../left-out.ts';
import { intervalText, times, valueText } from '../number.ts';
import type { Severity } from '../standing.ts';
import { speedNoun, type Verdict } from '../verdict.ts';
import type { PageData } from './data.ts';
import { type Fragment, type Html, html } from './html.ts';

interface Tile {
  readonly value: Fragment;
  readonly label: Fragment;
  readonly note?: Fragment;
  readonly mood?: Severity;
}

function tilesOf({
  speedup,
  speedBasis,
  metric,
  quality,
  teacherQuality,
  ratio,
  standing,
  student,
}: Verdict): readonly Tile[] {
  const spread = student?.quality.dispersion;
  return [
    ...(speedup !== undefined && speedBasis
      ? [{ value: times(speedup), label: `faster ${speedNoun[speedBasis]}` }]
      : []),
    ...(quality
      ? [{ value: valueText(quality, metric), label: metric.label, note: intervalText(quality, metric) }]
      : []),
    ...(teacherQuality
      ? [
          {
            value: valueText(teacherQuality, metric),
            label: `teacher’s ${metric.label}`,
            note: intervalText(teacherQuality, metric),
          },
        ]
      : []),
    ...(ratio
      ? [
          {
            value: valueText(ratio, fdRatio),
            label: `times the teacher’s ${metric.label}`,
            note: intervalText(ratio, fdRatio),
          },
        ]
      : []),
    ...(spread
      ? [
          {
            value: valueText(spread, dispersion),
            label: 'dispersion',
            note: intervalText(spread, dispersion),
          },
        ]
      : []),
    ...(standing ? [{ value: standing.word, label: 'stands to the teacher', mood: standing.severity }] : []),
  ];
}

const tile = ({ value, label, note, mood }: Tile): Html =>
  html`<div class="tile ${mood}"><dt>${label}</dt><dd>${value}${note !== undefined && html` <small>${note}</small>`}</dd></div>`;

/** The title, the verdict in one sentence and in numbers, and whether this is a preview. */
export function header({ summary, verdict }: PageData): Html {
  const { evaluation } = summary;
  const when = evaluation.createdAt.slice(0, 10);
  const size = `${evaluation.samples.toLocaleString('en-US')} ${evaluation.unit}`;
  return html`<header>
<div class="bar"><span class="brand">fewstep</span><span>${when}</span><button type="button" id="theme" hidden aria-label="Switch between light and dark">◐</button></div>
<h1>${evaluation.recipe}${evaluation.preview && html` <span class="badge" title="A short run: few samples or short training. Numbers will move.">preview</span>`}</h1>
<p class="verdict">${verdict.line}.</p>
<dl class="tiles">${tilesOf(verdict).map(tile)}</dl>
${leftOutSentences(summary).map((sentence) => html`<p>${sentence}</p>`)}
${verdict.recommendation !== '' && html`<p>${verdict.recommendation}</p>`}
${verdict.trade !== '' && html`<p>${verdict.trade}</p>`}
${verdict.solvers !== '' && html`<p>${verdict.solvers}</p>`}
<p class="quiet">Evaluated on ${size} from the same prompts and noise; intervals are 95 %.${evaluation.preview && ' This is a preview from a short run: read it as a direction, not as a result.'}</p>
</header>`;
}
