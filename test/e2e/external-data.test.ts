import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { exportStudent } from '../../src/distillation/export/students.ts';

const script = fileURLToPath(new URL('./check_external.py', import.meta.url));

describe('weights beside the programs', () => {
  it("pass ONNX's checker in Python and are the weights", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fewstep-external-'));
    const path = join(folder, 'student.safetensors');
    await copyFile(join(inject('smoke').folder, 'students/smoke/trajectory/head.safetensors'), path);
    const request = { name: 'student', path, steps: [1, 4] };
    const beside = await exportStudent(request, join(folder, 'beside'), { large: 1 });
    const whole = await exportStudent(request, join(folder, 'whole'));
    const programs = whole.files.filter((file) => file.endsWith('.onnx'));
    const output = execFileSync('/usr/bin/python3', [script, beside.folder, whole.folder, ...programs], {
      encoding: 'utf8',
    });
    expect(output.trim().split('\n')).toHaveLength(programs.length);
    const { size } = await stat(join(beside.folder, 'sampler.onnx'));
    expect(size).toBeLessThan((await stat(join(whole.folder, 'sampler.onnx'))).size / 2);
  });
});
