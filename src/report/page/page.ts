import { createHash } from 'node:crypto';
import { byCommandSection } from './by-command.ts';
import { costSection } from './cost.ts';
import type { PageData } from './data.ts';
import { diagnosisSection } from './diagnosis.ts';
import { floorsSection } from './floors.ts';
import { guidanceSection } from './guidance.ts';
import { header } from './header.ts';
import { type Fragment, Html, html } from './html.ts';
import { collapseSection, curvesSection, paretoSection, trainingSection } from './plots.ts';
import { precisionsSection } from './precisions.ts';
import { downloadsSection, provenanceSection } from './provenance.ts';
import { resultsSection } from './results.ts';
import { samplesSection } from './samples.ts';
import { script } from './script.ts';
import type { Section } from './section.ts';
import { speedSection } from './speed.ts';
import { styleSheet } from './style.ts';

/** The parts of the page, in the reader's order. */
const sections: readonly Section[] = [
  resultsSection,
  byCommandSection,
  diagnosisSection,
  floorsSection,
  paretoSection,
  curvesSection,
  collapseSection,
  guidanceSection,
  samplesSection,
  trainingSection,
  costSection,
  speedSection,
  precisionsSection,
  provenanceSection,
  downloadsSection,
];

const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** What the page may load: its own style, script, pictures and typeface. No host, no network. */
const policy = (style: string): string =>
  `default-src 'none'; style-src ${digest(style)}; script-src ${digest(script)}; img-src data:; font-src data:; base-uri 'none'; form-action 'none'`;

const isEmpty = (body: Fragment): boolean => html`${body}`.text.trim() === '';

/** A whole page: one file that needs no other. */
export function document(title: string, fontFaces: string, body: Html): string {
  const style = fontFaces + styleSheet;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
${body}
</main>
<script>${new Html(script)}</script>
</body>
</html>
`.text;
}

/** The report of a run as HTML. */
export function reportPage(data: PageData): string {
  const shown = sections
    .map(({ id, title, body }) => ({ id, title, content: body(data) }))
    .filter(({ content }) => !isEmpty(content));
  const body = html`${header(data)}
<nav aria-label="Sections">${shown.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav>
${shown.map(
  ({ id, title, content }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>
`,
)}`;
  return document(`${data.summary.evaluation.recipe}: fewstep report`, data.fontFaces, body);
}
