/** Text that is HTML already; everything else that is put into HTML is escaped. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

/** What may stand in a template: HTML as it is, text and numbers escaped, lists joined, `undefined` and `false` nothing. */
export type Fragment = Html | string | number | false | undefined | readonly Fragment[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Controls that HTML does not allow and invisible marks that turn the direction of text are left out. */
const unwanted = /[^\P{Cc}\t\n]|\p{Bidi_Control}|\p{Noncharacter_Code_Point}|\p{Cs}/gu;

const escapeText = (text: string): string =>
  text.replace(unwanted, '').replace(/[&<>"']/g, (character) => entities[character] ?? '');

function textOf(fragment: Fragment): string {
  if (fragment === undefined || fragment === false) return '';
  if (fragment instanceof Html) return fragment.text;
  if (typeof fragment === 'object') return fragment.map(textOf).join('');
  return escapeText(String(fragment));
}

/** A template of HTML whose values are escaped. Attributes must be quoted. */
export const html = (parts: TemplateStringsArray, ...values: readonly Fragment[]): Html =>
  new Html(parts.reduce((text, part, index) => text + textOf(values[index - 1]) + part));
