import { expect, test } from 'vitest';
import { z } from 'zod';
import { evaluationSchema } from '../../../src/evaluation/stage/evaluation-file.ts';

/** The JSON schema (draft 2020-12) of `evaluation.json`, for programs that read it; the file has its seal beside. */
const jsonSchema = () => {
  const { properties, ...schema } = z.toJSONSchema(evaluationSchema());
  const seal = { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the rest, as JSON.' };
  return { ...schema, title: 'fewstep evaluation', properties: { ...properties, seal } };
};

test('evaluation.json has a current schema (npx vitest run test/evaluation/stage/evaluation-schema.test.ts -u writes it)', async () => {
  const text = `${JSON.stringify(jsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../../docs/evaluation.schema.json');
});
