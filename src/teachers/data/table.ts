import { derived, extensible } from '../../ground/plugin/table.ts';
import type { ImageDataSet } from './image-data-set.ts';
import { mnist } from './mnist.ts';

const builtIn = { mnist } as const satisfies Readonly<Record<string, ImageDataSet>>;

/** A data set's name in recipes. */
export type ImageDataName = keyof typeof builtIn;

/** The image data sets by the names that recipes use. */
export const imageDataSets: Readonly<Record<ImageDataName, ImageDataSet>> = extensible('dataSets', builtIn);

/** All names, in the table's order. */
export const imageDataNames = derived(() => Object.keys(imageDataSets) as [ImageDataName, ...ImageDataName[]]);

/** The data set that files are of which name none: those from before there was a table. */
export const unnamedData: ImageDataName = 'mnist';

/** The data set of a name. */
export const imageDataSet = (name: ImageDataName): ImageDataSet => imageDataSets[name];
