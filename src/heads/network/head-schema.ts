import { z } from 'zod';
import { whole } from '../../ground/field.ts';

/** The size of a flow head: a stack of adaLN-modulated residual blocks. */
export const headSchema = z
  .strictObject({
    width: whole(4, 16_384, 'Channels of a block.'),
    depth: whole(1, 128, 'Residual blocks.'),
  })
  .describe('Size of the flow head.')
  .meta({ id: 'head' });
