import { dirname } from 'node:path';
import { type Probed, probeSinks } from '../agent/delivery.ts';
import { type Inspection, inspect } from '../agent/inspect.ts';
import { formatProblem } from '../config/problem.ts';
import type { Flags } from '../config/resolve.ts';
import type { Edges } from '../io/edges.ts';
import type { Account } from '../io/process/privileges.ts';
import type { Config } from '../model/config.ts';
import { counted } from '../words/counted.ts';
import { explanationOf } from '../words/explanation.ts';
import { quoted } from '../words/shell-words.ts';
import { visible } from '../words/visible.ts';
import { becomeUser, readCommandConfig } from './command-config.ts';
import type { CommandOutput } from './command-output.ts';
import { otherInstallation } from './other-installation.ts';
import { unsentWarning } from './unsent.ts';

/** The findings of each part of a check. */
export type CheckFindings = {
  /** Problems of the configuration and of files, each with its place and what is expected. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /**
   * Null if the configuration is so broken that nothing else could be inspected, or if it is to be
   * inspected as another user.
   */
  readonly inspection: Inspection | null;
  /** Null if the sinks were not asked. */
  readonly sinks: readonly Probed[] | null;
  /** The user that root checked as without being asked to, and why. */
  readonly checkedAs: { readonly name: string; readonly sentence: string } | null;
};

/**
 * The result of a check. Problems keep an agent from starting, or samples from arriving; warnings
 * do not.
 */
export type CheckResult = {
  readonly isGood: boolean;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
};

/** Sums up the findings. With `isStrict`, a result with warnings is not good. */
function resultOf({ problems, warnings, inspection, sinks }: CheckFindings, isStrict: boolean): CheckResult {
  const ofSinks = (sinks ?? []).flatMap(({ sink, trouble }) =>
    trouble === null ? [] : [`${sink}: ${explanationOf(trouble)}`],
  );
  const allProblems = [...problems, ...(inspection?.problems ?? []), ...ofSinks];
  const allWarnings = [...warnings, ...(inspection?.warnings ?? [])];
  return {
    isGood: allProblems.length === 0 && (!isStrict || allWarnings.length === 0),
    problems: allProblems,
    warnings: allWarnings,
  };
}

/** Returns the result as text. The last line sums it up. */
function renderResult(
  { isGood, problems, warnings }: CheckResult,
  { inspection, sinks, checkedAs }: CheckFindings,
): string {
  const lines = [
    ...(checkedAs === null ? [] : [`checked as ${checkedAs.name}: ${visible(checkedAs.sentence)}`]),
    ...problems.map((problem) => `problem: ${visible(problem)}`),
    ...warnings.map((warning) => `warning: ${visible(warning)}`),
  ];
  if (!isGood)
    return [...lines, `not good: ${counted(problems.length, 'problem')}, ${counted(warnings.length, 'warning')}`].join(
      '\n',
    );
  const reached = (sinks ?? []).map(({ sink, address }) => `${sink} (${address}) accepts the agent`);
  const facts = [...(inspection === null ? [] : [counted(inspection.accepted, 'script')]), ...reached].join(', ');
  const rest = warnings.length > 0 ? `; ${counted(warnings.length, 'warning')}` : '';
  return [...lines, `good${facts === '' ? '' : `: ${facts}`}${rest}`].join('\n');
}

/**
 * What to check. With `connects`, the sinks are asked too; with `isStrict`, warnings count as
 * problems.
 */
export type CheckRequest = {
  readonly flags: Flags;
  readonly isJson: boolean;
  readonly connects: boolean;
  readonly isStrict: boolean;
};

/**
 * `check`: reports at once everything that would keep an agent from starting, or samples from
 * arriving. Changes nothing and runs no plugin. Returns the exit status: 0, or 1 if something is
 * wrong.
 */
export async function runCheck(
  { flags, isJson, connects, isStrict }: CheckRequest,
  edges: Edges,
  { say }: CommandOutput,
): Promise<number> {
  const findings = await findTroubles(flags, connects, edges, null);
  const result = resultOf(findings, isStrict);
  await say(isJson ? JSON.stringify(checkDocument(result, findings), null, 2) : renderResult(result, findings));
  return result.isGood ? 0 : 1;
}

/**
 * What `check --json` prints, as docs/status.md says. Of a trouble, `detail` is sentence and
 * commands on one line.
 */
function checkDocument(result: CheckResult, { sinks, checkedAs }: CheckFindings) {
  const shown = sinks?.map(({ trouble, ...sink }) => ({
    ...sink,
    trouble: trouble && { ...trouble, detail: explanationOf(trouble) },
  }));
  return { format: 1, ...result, sinks: shown ?? null, checkedAs: checkedAs?.name ?? null };
}

/** `checkedAs` is the user in `flags` if no one has typed -u. */
async function findTroubles(
  flags: Flags,
  connects: boolean,
  ownEdges: Edges,
  checkedAs: CheckFindings['checkedAs'],
): Promise<CheckFindings> {
  const nothing: CheckFindings = { problems: [], warnings: [], inspection: null, sinks: null, checkedAs };
  const command = readCommandConfig(flags, ownEdges);
  if (!command.ok) return { ...nothing, problems: command.error };
  const { config, source, account } = command.value;
  const other = flags.user === null ? otherInstallation(config, command.value.edges) : null;
  if (other !== null && other.name !== null) {
    const { name, sentence } = other;
    return findTroubles({ ...flags, user: name }, connects, ownEdges, { name, sentence });
  }
  const became = becomeUser(account, command.value.edges); // the permissions of that user count
  if (!became.ok) return { ...nothing, problems: [became.error] };
  const edges = became.value;
  const missing = source.missing === null ? [] : [formatProblem(source.missing)];
  const startsAs = checkedAs === null ? account : null; // only a start with -u makes folders for another user
  const ofOther = other && `${other.sentence}, and this is a check for root; check as that user`;
  return {
    problems: [...missing, ...(ofOther === null ? fileTroubles(config, startsAs, edges) : [ofOther])],
    warnings: [
      ...command.value.warnings.filter((warning) => !missing.includes(warning)),
      ...(connects ? unsentWarning(config) : []), // without a sink, the result would sound good
    ],
    inspection: ofOther === null ? inspect(config, edges) : null, // what holds for root does not hold for that user
    sinks: connects ? await probeSinks(config, edges, () => {}) : null,
    checkedAs,
  };
}

/**
 * Returns why the log or the pid file could not be made, as far as their folders show. With `-u`,
 * a missing folder is not a trouble, because a start makes it.
 */
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
