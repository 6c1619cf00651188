import { imageDataSets } from '../../teachers/data/table.ts';
import { type Check, finding } from './check.ts';

/** Whether the data sets are there, their files checked. */
export const checkData: Check = () =>
  Promise.all(
    Object.values(imageDataSets).map(({ title, load }) =>
      finding(title, () => {
        const [train, test] = [load('train'), load('test')];
        return `${train.count} + ${test.count} images, as they should be`;
      }),
    ),
  );
