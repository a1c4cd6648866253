import type { Probed } from '../delivery.ts';
import type { Inspection } from '../scripts.ts';

/** All that was found. `sinks` null: they were not asked. */
export type Findings = {
  /** Each with its place and what is expected. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly scripts: Inspection | null;
  readonly sinks: readonly Probed[] | null;
};

/** What `check` found, put together: problems keep an agent from starting or samples from arriving, warnings do not. */
export type Verdict = { readonly isGood: boolean; readonly problems: readonly string[]; readonly warnings: readonly string[] };

/** Weighs what was found; `isStrict`: warnings count as problems do. */
export function judge({ problems, warnings, scripts, sinks }: Findings, isStrict: boolean): Verdict {
  const ofSinks = (sinks ?? []).flatMap(({ sink, trouble }) => (trouble === null ? [] : [`${sink}: ${trouble.detail}`]));
  const all = [...problems, ...(scripts?.problem ? [scripts.problem] : []), ...ofSinks];
  const allWarnings = [...warnings, ...(scripts?.warnings ?? [])];
  return { isGood: all.length === 0 && (!isStrict || allWarnings.length === 0), problems: all, warnings: allWarnings };
}

/** The verdict as text; the last line sums it up. */
export function renderVerdict({ isGood, problems, warnings }: Verdict, { scripts, sinks }: Findings): string {
  const counted = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const lines = [...problems.map((problem) => `problem: ${problem}`), ...warnings.map((warning) => `warning: ${warning}`)];
  const accepted = scripts === null ? [] : [counted(scripts.accepted, 'script')];
  const reached = (sinks ?? []).filter(({ trouble }) => trouble === null).map(({ sink, address }) => `${sink} (${address}) takes us`);
  const found = [...accepted, ...reached].join(', ');
  const sum = isGood
    ? `good${found === '' ? '' : `: ${found}`}${warnings.length > 0 ? `; ${counted(warnings.length, 'warning')}` : ''}`
    : `not good: ${counted(problems.length, 'problem')}, ${counted(warnings.length, 'warning')}`;
  return `${[...lines, sum].join('\n')}\n`;
}
