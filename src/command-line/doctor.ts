import { Command } from 'commander';
import { EngineError } from '../ground/errors.ts';
import { shorten, textTable } from '../report/terminal-table.ts';
import { type Check, type Finding, finding } from './check/check.ts';
import { checkData } from './check/data.ts';
import { checkFolder, checkMachine } from './check/machine.ts';
import type { CommonOptions, Terminal } from './terminal.ts';

/** The engines, whose native libraries may be broken so that not even their check can be loaded. */
const checkEngines: Check = async () => {
  const loaded = await finding(
    'onnxruntime',
    async () => (await import('../engine/onnx/runtime.ts')).env.versions.node ?? '',
  );
  if (loaded.status !== 'ok') return [loaded];
  const { checkOnnx, checkTensorflow } = await import('./check/engines.ts');
  return [loaded, ...(await checkOnnx()), ...(await checkTensorflow())];
};

const checks = [checkMachine, checkFolder, checkEngines, checkData];

/** `fewstep doctor`: what works on this machine. */
export const command = (terminal: Terminal): Command =>
  new Command('doctor')
    .description(
      'Checks what works on this machine: Node, engines, data, folder. Exit code 8 when something must be mended.',
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', '\nExample:\n  fewstep doctor')
    .action(async ({ json = false }: CommonOptions) => {
      const findings: Finding[] = [];
      for (const check of checks) findings.push(...(await check()));
      terminal.print(json ? JSON.stringify({ findings }, null, 2) : findingsTable(findings));
      const failed = findings.filter(({ status }) => status === 'failed');
      if (failed.length > 0) throw new EngineError(`to be mended: ${failed.map(({ name }) => name).join(', ')}`);
    });

const signs: Readonly<Record<Finding['status'], string>> = {
  ok: 'ok',
  absent: '–',
  warning: 'WARNING',
  failed: 'FAILED',
};
const detailWidth = 100;

const findingsTable = (findings: readonly Finding[]): string =>
  textTable(
    ['state', 'what', 'found'].map((title) => ({ title, align: 'left' })),
    findings.map(({ name, status, detail }) => [signs[status], name, summaryOf(detail)]),
  );

/** The first line of a detail, cut where it is long; `--json` has it all. */
const summaryOf = (detail: string): string =>
  shorten(detail.replace(/^engine \w+, provider '\w+': /, '').split('\n')[0] ?? '', detailWidth);
