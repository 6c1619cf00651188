import { z } from 'zod';
import { path, positive, word } from '../../../ground/field.ts';

/** The name of an input or output of a graph. */
const portName = (description: string) => z.string().min(1).max(1024).describe(description);

/** A number a colour. */
const colours = (number: z.ZodNumber, description: string) => z.array(number).length(3).describe(description);

const range = z
  .union([
    z.literal('imagenet'),
    z.array(z.number().min(-1e6).max(1e6)).length(2),
    z.strictObject({
      mean: colours(z.number().min(0).max(1), 'Red, green and blue of a pixel that becomes 0, from 0 to 1.'),
      std: colours(positive(1, 'Above 0.'), 'What a colour is divided by after that.'),
    }),
  ])
  .describe(
    'What pixels from 0 to 1 become: [low, high], { mean, std } of colours, or imagenet for the usual ones; [0, 1] unless given.',
  );

/** A feature network of the user's as ONNX, and what it takes and gives. What is left out is read from the graph. */
export const judgeSchema = z
  .strictObject({
    model: path('ONNX file of the feature network.'),
    name: word('What it is called: distances are FD-<name>; as the file unless given.').exactOptional(),
    protocol: z
      .enum(['fid'])
      .exactOptional()
      .describe('Says that this is the Inception network of the FID, so that the distance is called so; needs sha256.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: 'SHA-256 of the file.', patternErrorMessage: 'expected 64 hexadecimal digits' })
      .exactOptional(),
    size: z.int().min(1).max(2048).exactOptional().describe('Side in pixels that images are resized to.'),
    resize: z
      .enum(['bilinear', 'bicubic', 'area'])
      .exactOptional()
      .describe('How images are resized, with antialiasing where they shrink; bilinear unless given.'),
    range: range.exactOptional(),
    layout: z.enum(['nchw', 'nhwc']).exactOptional().describe('Where the channels stand in the input.'),
    channels: z.literal([1, 3]).exactOptional().describe('Channels of the input: grey images are repeated to 3.'),
    input: portName('Name of the input.').exactOptional(),
    output: portName('Name of the output.').exactOptional(),
    pool: z
      .enum(['mean', 'first'])
      .exactOptional()
      .describe(
        'How an output of places becomes one vector: their mean, or the first (a class token); none unless given.',
      ),
  })
  .refine(({ protocol, sha256 }) => protocol === undefined || sha256 !== undefined, {
    path: ['sha256'],
    message: 'expected the SHA-256 of the file, without which protocol fid says nothing',
  })
  .describe('A feature network as ONNX.');
