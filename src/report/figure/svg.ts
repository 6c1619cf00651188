/** Makes the SVG that vega writes a third of its size without changing the picture. */

/** Two decimals are a hundredth of a pixel; more only make files larger and differ between machines. */
const rounded = (svg: string): string =>
  svg.replace(/<[^>]+>/g, (tag) =>
    tag.replace(/-?\d+\.\d+(?:e[-+]?\d+)?/g, (digits) => String(Math.round(Number(digits) * 100) / 100)),
  );

/** What vega writes for a page with pointers and screen readers and a still picture does not need. */
const needless = [
  /<path class="(?:background|foreground)"[^>]* d="(?:M0,0h0v0h0Z)?"[^>]*\/>/g,
  / (?:class|role|aria-roledescription|aria-hidden|pointer-events|version|xmlns:xlink)="[^"]*"/g,
  / opacity="1"| font-family="[^"]*"| transform="translate\(0,0\)"| [xy]2="0"/g,
  /<g><\/g>/g,
] as const;

const tidy = (svg: string): string => needless.reduce((text, pattern) => text.replace(pattern, ''), svg);

/** Attributes that a group hands down to what is in it. */
const inherited = /(?: (?:fill|stroke|stroke-width|stroke-dasharray|font-size|font-weight|text-anchor)="[^"]*")/g;

/** A group of drawn elements only, two at least. */
const leafGroup = /<g( [^>]*)?>((?:<(?:line|path|text|rect)[^>]*?(?:\/>|>[^<]*<\/(?:line|path|text|rect)>)){2,})<\/g>/g;

/** Attributes that all elements of a group share, written once on the group. */
function hoisted(svg: string): string {
  return svg.replace(leafGroup, (_, own: string | undefined, content: string) => {
    const tags = content.match(/<(?:line|path|text|rect)[^>]*>/g) ?? [];
    const [first = '', ...others] = tags;
    const shared = (first.match(inherited) ?? []).filter(
      (attribute) => others.every((tag) => tag.includes(attribute)) && !own?.includes(attribute.split('=')[0] ?? ''),
    );
    const stripped = content.replace(/<[^>]+>/g, (tag) =>
      shared.reduce((text, attribute) => text.replace(attribute, ''), tag),
    );
    return `<g${own ?? ''}${shared.join('')}>${stripped}</g>`;
  });
}

/** Names of clip paths that are this figure's own, as many figures stand in one page. */
const ownNames = (svg: string, name: string): string =>
  svg.replace(/(id="|url\(#)(clip|gradient_?)(\d+)/g, (_, before, kind, index) => `${before}${name}-${kind}${index}`);

/** An SVG of vega, small, its numbers rounded and its identifiers under the figure's name. */
export const compactSvg = (svg: string, name: string): string => ownNames(hoisted(tidy(rounded(svg))), name);
