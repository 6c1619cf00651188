import { memorisation } from '../../evaluation/metric/memorisation.ts';
import { valueText } from '../number.ts';
import { type Entry, entryLabel, type Summary } from '../summary.ts';
import type { Verdict } from '../verdict.ts';
import type { PageData } from './data.ts';
import { type Html, html } from './html.ts';

/** An entry whose samples were held beside trained images. */
type Held = Entry & Required<Pick<Entry, 'neighbours'>>;

/** The entries whose samples a page holds beside trained images: the teacher, and the student that it recommends. */
export const heldToTrained = ({ teacher }: Summary, { student }: Pick<Verdict, 'student'>): readonly Held[] =>
  [teacher, student].filter((entry): entry is Held => entry?.neighbours !== undefined);

/** Samples that look most like copies, beside the trained and the other real images that they are nearest to. */
export function neighbours({ summary, verdict, grids }: PageData): Html | false {
  const held = heldToTrained(summary, verdict).filter(({ neighbours: path }) => grids.has(path));
  return (
    held.length > 0 &&
    html`<h3>Beside trained images</h3>
<p>Of each head the samples that look most like copies, by features. Above is the sample, in the middle the image nearest to it that the teacher was trained on, below the nearest other real one: copies would be far more like the middle than the lower one is.</p>
${held.map((entry) => figureOf(entry, grids.get(entry.neighbours)))}`
  );
}

function figureOf(entry: Entry, image: ReturnType<PageData['grids']['get']>): Html | false {
  const share = entry.quality.memorisation;
  return (
    image !== undefined &&
    html`<figure class="sheet"><img src="${image.uri}" width="${image.width}" height="${image.height}" alt="Samples of ${entryLabel(entry)} beside the real images that they are nearest to"><figcaption>${entryLabel(entry)}${share && html`: ${valueText(share, memorisation)} of all samples are nearer to a trained image than to as many others; where nothing is copied it is half`}</figcaption></figure>
`
  );
}
