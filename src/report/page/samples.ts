import { type Entry, entriesOf, entryLabel, type Summary } from '../summary.ts';
import type { GridImage, PageData } from './data.ts';
import { type Html, html } from './html.ts';
import { neighbours } from './neighbours.ts';
import type { Section } from './section.ts';

interface Sheet {
  readonly label: string;
  readonly kind: Entry['kind'] | 'real';
  readonly image: GridImage;
}

function sheetsOf({ summary, grids, run }: PageData): readonly Sheet[] {
  const sheet = (label: string, kind: Sheet['kind'], path: string | undefined): Sheet[] => {
    const image = path === undefined ? undefined : grids.get(path);
    return image === undefined ? [] : [{ label, kind, image }];
  };
  const entries = (['teacher', 'student', 'solver'] as const).flatMap((kind) => entriesOf(summary, kind));
  return [
    ...sheet('real data', 'real', run.evaluation.realGrid),
    ...entries.flatMap((entry) => sheet(entryLabel(entry), entry.kind, entry.grid)),
  ];
}

const picture = ({ label, image }: Sheet, kind: string): Html =>
  html`<img src="${image.uri}" width="${image.width}" height="${image.height}" alt="Grid of samples: ${label}" data-sheet="${kind}" data-label="${label}">`;

const sheetFigure = (sheet: Sheet): Html =>
  html`<figure class="sheet">${picture(sheet, sheet.kind)}<figcaption>${sheet.label}</figcaption></figure>`;

/** The teacher below, a student above, and an edge between them that is moved by a slider; filled by the script. */
const wipe = ({
  verdict,
}: PageData): Html => html`<div class="wipe" id="wipe" data-first="${verdict.student && entryLabel(verdict.student)}" hidden>
<div class="controls"><label>Student <select id="wipe-student"></select></label><label class="check"><input type="checkbox" id="wipe-difference"> Difference</label></div>
<div class="stage"><img id="wipe-below" alt=""><img id="wipe-above" alt=""><span class="edge" aria-hidden="true"></span></div>
<label class="range"><span>student</span><input type="range" id="wipe-position" min="0" max="100" value="50" aria-label="Where the student’s picture ends and the teacher’s begins"><span>teacher</span></label>
</div>`;

const order: Readonly<Record<string, string>> = {
  real: 'Real data and the teacher',
  student: 'Students',
  solver: 'Solver baselines',
};

function gallery(sheets: readonly Sheet[]): readonly Html[] {
  const groupOf = ({ kind }: Sheet): string => (kind === 'teacher' ? 'real' : kind);
  return Object.entries(order).flatMap(([key, title]) => {
    const own = sheets.filter((sheet) => groupOf(sheet) === key);
    if (own.length === 0) return [];
    const pictures = html`<div class="sheets">${own.map(sheetFigure)}</div>`;
    return key === 'solver'
      ? [html`<details><summary>${title}</summary>${pictures}</details>`]
      : [html`<h3>${title}</h3>${pictures}`];
  });
}

/** Whether there are a teacher's and a student's grids to compare. */
const canWipe = (sheets: readonly Sheet[]): boolean =>
  sheets.some(({ kind }) => kind === 'teacher') && sheets.some(({ kind }) => kind === 'student');

/** How many of the measured heads have a grid in the page. */
const missing = ({ entries }: Summary, sheets: readonly Sheet[]): boolean =>
  entries.filter(({ grid }) => grid !== undefined).length > sheets.filter(({ kind }) => kind !== 'real').length;

/** Samples of the teacher and the students from the same prompts and the same noise. */
export const samplesSection: Section = {
  id: 'samples',
  title: 'Samples from the same noise',
  body: (data) => {
    const sheets = sheetsOf(data);
    return (
      sheets.length > 0 &&
      html`<p>Each place in a grid has the same prompt and the same noise in every picture, so a student can be held against the teacher sample by sample.${missing(data.summary, sheets) && ' This compact page leaves out the solver baselines and the step counts between the fewest and the most.'}</p>
${canWipe(sheets) && wipe(data)}
${gallery(sheets)}
${neighbours(data)}`
    );
  },
};
