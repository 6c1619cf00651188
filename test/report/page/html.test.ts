import { describe, expect, it } from 'vitest';
import { html } from '../../../src/report/page/html.ts';
import { script } from '../../../src/report/page/script.ts';

describe('a template of HTML', () => {
  it('escapes values and keeps HTML that was made by it', () => {
    expect(html`<p title="${'"'}">${'<b>&'}${html`<i>${"'"}</i>`}</p>`.text).toBe(
      '<p title="&quot;">&lt;b&gt;&amp;<i>&#39;</i></p>',
    );
  });

  it('joins lists and leaves out what is not there', () => {
    expect(html`${[1, 2].map((item) => html`<li>${item}</li>`)}${undefined}${false}`.text).toBe('<li>1</li><li>2</li>');
  });

  it('leaves out controls, lone surrogates and marks that turn the direction of text', () => {
    expect(html`${'a\u0000b\u202ec\ud800d\te'}`.text).toBe('abcd\te');
  });
});

it('is a script that a browser can parse', () => {
  expect(() => new Function(script)).not.toThrow();
  expect(script).not.toContain('</');
});
