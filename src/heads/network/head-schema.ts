import { z } from 'zod';
import { nameIn, whole } from '../../ground/field.ts';
import { derived } from '../../ground/plugin/table.ts';
import { architectures } from './table.ts';

const size = z.strictObject({
  width: whole(4, 16_384, 'Channels of a block.'),
  depth: whole(1, 128, 'Residual blocks.'),
});

/** The size of a flow head: a stack of adaLN-modulated residual blocks. */
export const headSchema = size.describe('Size of the flow head.').meta({ id: 'head' });

/** A head of a student's own, of an architecture of the table; one that is an ONNX graph has no sizes to choose. */
export const studentHeadSchema = derived(() => {
  const { onnx: _, ...sized } = architectures;
  return size
    .extend({
      architecture: nameIn(sized).exactOptional().describe('Architecture of the head; residual unless given.'),
    })
    .describe('Size of the flow head.')
    .meta({ id: 'student-head' });
});
