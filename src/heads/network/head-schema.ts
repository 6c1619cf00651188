import { z } from 'zod';
import { whole } from '../../ground/field.ts';
import { derived } from '../../ground/plugin/table.ts';
import { type ArchitectureName, architectures } from './table.ts';

const size = z.strictObject({
  width: whole(4, 16_384, 'Channels of a block.'),
  depth: whole(1, 128, 'Residual blocks.'),
});

/** The size of a flow head: a stack of adaLN-modulated residual blocks. */
export const headSchema = size.describe('Size of the flow head.').meta({ id: 'head' });

/** The architectures of the table that a student may have: no ONNX graph, which has no sizes to choose, and none without a time. */
export const studentArchitectures = (): ArchitectureName[] =>
  (Object.keys(architectures) as ArchitectureName[]).filter(
    (name) => name !== 'onnx' && architectures[name].oneCall !== true,
  );

/** A head of a student's own. */
export const studentHeadSchema = derived(() =>
  size
    .extend({
      architecture: z
        .enum(studentArchitectures())
        .exactOptional()
        .describe('Architecture of the head; residual unless given.'),
    })
    .describe('Size of the flow head.')
    .meta({ id: 'student-head' }),
);
