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

/** A head of a student's own, of an architecture of the table: no ONNX graph, which has no sizes to choose, and none without a time. */
export const studentHeadSchema = derived(() => {
  const names = Object.keys(architectures) as ArchitectureName[];
  const sized = names.filter((name) => name !== 'onnx' && architectures[name].oneCall !== true);
  return size
    .extend({
      architecture: z.enum(sized).exactOptional().describe('Architecture of the head; residual unless given.'),
    })
    .describe('Size of the flow head.')
    .meta({ id: 'student-head' });
});
