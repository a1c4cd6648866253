import { dirname } from 'node:path';
import { type Probed, probeSinks } from '../agent/delivery.ts';
import { type Inspection, inspect } from '../agent/inspect.ts';
import { formatProblem } from '../config/problem.ts';
import type { Flags } from '../config/resolve.ts';
import type { Edges } from '../io/edges.ts';
import type { Account } from '../io/process/privileges.ts';
import type { Config } from '../model/config.ts';
import { quoted } from '../words/shell-words.ts';
import type { CommandOutput } from './command-output.ts';
import { become, readConfigured } from './configured.ts';
import { unsentWarning } from './foreground.ts';

/** All that was found. `sinks` null: they were not asked. */
export type Findings = {
  /** Each with its place and what is expected. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly found: Inspection | null;
  readonly sinks: readonly Probed[] | null;
};

/** What `check` found, put together: problems keep an agent from starting or samples from arriving, warnings do not. */
export type Verdict = {
  readonly isGood: boolean;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
};

/** Weighs what was found; `isStrict`: warnings count as problems do. */
function judge({ problems, warnings, found, sinks }: Findings, isStrict: boolean): Verdict {
  const ofSinks = (sinks ?? []).flatMap(({ sink, trouble }) =>
    trouble === null ? [] : [`${sink}: ${trouble.sentence}`],
  );
  const all = [...problems, ...(found?.problems ?? []), ...ofSinks];
  const allWarnings = [...warnings, ...(found?.warnings ?? [])];
  return { isGood: all.length === 0 && (!isStrict || allWarnings.length === 0), problems: all, warnings: allWarnings };
}

/** The verdict as text; the last line sums it up. */
function renderVerdict({ isGood, problems, warnings }: Verdict, { found, sinks }: Findings): string {
  const counted = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const lines = [
    ...problems.map((problem) => `problem: ${problem}`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  const accepted = found === null ? [] : [counted(found.accepted, 'script')];
  const reached = (sinks ?? [])
    .filter(({ trouble }) => trouble === null)
    .map(({ sink, address }) => `${sink} (${address}) takes us`);
  const whole = [...accepted, ...reached].join(', ');
  const sum = isGood
    ? `good${whole === '' ? '' : `: ${whole}`}${warnings.length > 0 ? `; ${counted(warnings.length, 'warning')}` : ''}`
    : `not good: ${counted(problems.length, 'problem')}, ${counted(warnings.length, 'warning')}`;
  return `${[...lines, sum].join('\n')}\n`;
}

/** What is to be checked. `connects`: the sinks are asked too; `isStrict`: a warning counts as a problem. */
export type CheckRequest = {
  readonly flags: Flags;
  readonly isJson: boolean;
  readonly connects: boolean;
  readonly isStrict: boolean;
};

/**
 * `check`: everything that would keep an agent from starting, or samples from arriving, at once. Changes nothing and runs no plugin. Gives the exit
 * status: 0, or 1 where something is wrong.
 */
export async function runCheck(
  { flags, isJson, connects, isStrict }: CheckRequest,
  edges: Edges,
  { say }: CommandOutput,
): Promise<number> {
  const findings = await find(flags, connects, edges);
  const verdict = judge(findings, isStrict);
  await say(
    isJson
      ? JSON.stringify({ ...verdict, sinks: findings.sinks }, null, 2)
      : renderVerdict(verdict, findings).trimEnd(),
  );
  return verdict.isGood ? 0 : 1;
}

async function find(flags: Flags, connects: boolean, before: Edges): Promise<Findings> {
  const nothing: Findings = { problems: [], warnings: [], found: null, sinks: null };
  const configured = readConfigured(flags, before);
  if (!configured.ok) return { ...nothing, problems: configured.error };
  const { config, source, account } = configured.value;
  const became = become(account, configured.value.edges); // what its user may do is what counts
  if (!became.ok) return { ...nothing, problems: [became.error] };
  const edges = became.value;
  const missing = source.missing === null ? [] : [formatProblem(source.missing)];
  return {
    problems: [...missing, ...fileTroubles(config, account, edges)],
    warnings: [
      ...configured.value.warnings.filter((warning) => !missing.includes(warning)),
      ...(connects ? unsentWarning(config) : []), // nobody would be asked, and it would sound good
    ],
    found: inspect(config, edges),
    sinks: connects ? await probeSinks(config, edges, () => {}) : null,
  };
}

/** Why the log's or the pid file could not be made, as far as their folders tell. A start with `-u` makes a folder that is missing. */
function fileTroubles(
  { log, pidFile, stateDir }: Config,
  account: Account | null,
  { files, pidFiles }: Edges,
): readonly string[] {
  const isToBeMade = (file: string) => account !== null && files.facts(dirname(file)).kind === 'failed';
  const path = log.location;
  const ofLog =
    path === null || isToBeMade(path) || files.facts(dirname(path)).kind === 'directory'
      ? null
      : `the log file ${path} can't be opened: its folder is missing; mkdir -p ${quoted(dirname(path))}`;
  const ofPid = dirname(pidFile) === stateDir || isToBeMade(pidFile) ? null : pidFiles.trouble(pidFile);
  return [ofLog, ofPid].filter((trouble) => trouble !== null);
}
