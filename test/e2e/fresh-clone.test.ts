import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';

describe('the smoke recipe in a fresh clone', () => {
  it('prints the verdict and says where the report and the students are', () => {
    const { printed } = inject('smoke');
    expect(printed).toMatch(/trajectory/);
    expect(printed).toMatch(/reports\/smoke\/report\.html/);
    expect(printed).toMatch(/students\/smoke/);
  });

  it('leaves the report, the tables and the exported heads', () => {
    const { folder } = inject('smoke');
    for (const path of [
      'reports/smoke/report.html',
      'reports/smoke/results.csv',
      'students/smoke/recipe.resolved.yaml',
      'students/smoke/trajectory/head.onnx',
      'students/smoke/trajectory/sampler.onnx',
      'students/smoke/trajectory/head.safetensors',
      'students/smoke/trajectory/card.md',
    ])
      expect(existsSync(join(folder, path)), path).toBe(true);
  });
});
