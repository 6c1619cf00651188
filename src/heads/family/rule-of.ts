import { UsageError } from '../../ground/errors.ts';
import type { Rule } from '../original/rule.ts';
import { type FamilyName, families } from './table.ts';

/** The rule of a name among a family's; its usual one without a name. Throws UsageError. */
export function ruleOf(family: FamilyName, wanted?: string): { readonly name: string; readonly rule: Rule } {
  return ruleAmong(family, families[family].rules, wanted);
}

/** The rule of a name among a system's; its first one without a name. Throws UsageError. */
export function ruleAmong(
  system: string,
  rules: Readonly<Record<string, Rule>>,
  wanted?: string,
): { readonly name: string; readonly rule: Rule } {
  const names = Object.keys(rules);
  const name = wanted ?? names[0] ?? '';
  const rule = rules[name];
  if (rule === undefined) throw new UsageError(`--solver: ${system} samples by ${names.join(', ')}, got ${name}`);
  return { name, rule };
}
