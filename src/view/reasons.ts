import type { Advice, Reason, ReasonKind } from '../model/advice.ts';
import type { BadLine } from '../model/bad-line.ts';
import { type JudgedScript, pluginName } from '../model/plugin.ts';
import type { CurrentRun } from '../model/status.ts';
import { clockTimeOrDate } from '../words/clock-time.ts';
import { shortDuration } from '../words/duration.ts';
import { explanationOf } from '../words/explanation.ts';
import { typeable } from '../words/shell-words.ts';
import type { RunFacts } from './runs.ts';

/** All that decides whether a plugin reports. */
export type Situation = {
  readonly script: JudgedScript;
  /** Why no plugin of the directory runs; null: they do. */
  readonly suspension: Advice | null;
  readonly isEnabled: boolean;
  /** What stands after `plugin:` in the section that holds its settings, or would. */
  readonly section: string;
  readonly facts: RunFacts;
  readonly currentRun: CurrentRun | null;
  readonly intervalS: number;
  readonly overdueAfterS: number;
  /** Its moment after the next tick. */
  readonly nextTickAtS: number;
  readonly nextDueAtS: number;
  /** The paths of all scripts with the same name, this one among them. */
  readonly sameName: readonly string[];
  readonly nowS: number;
};

/**
 * Why a plugin reports nothing, or less than it should, the decisive reason first; empty: it
 * reports all. Never throws.
 */
export function reasonsOf(situation: Situation): readonly Reason[] {
  const { script, suspension, isEnabled, section, currentRun } = situation;
  if (suspension !== null) return [suspensionReason(suspension)];
  if (script.advice !== null) return [reasonOf(script.advice)];
  if (!isEnabled) {
    const where = `under [plugin:${section}]`;
    return [
      reason(
        'disabled',
        `it is switched off by enabled = false ${where}; set enabled = true there, or remove the line`,
      ),
    ];
  }
  // A hung run matters more than how the last one ended
  const ofOutput = currentRun?.isOverdue ? [] : outputReasons(situation);
  return [...runReasons(situation), ...ofOutput, ...collision(situation)];
}

/** Why no plugin runs at all, as a reason. */
export function suspensionReason(suspension: Advice): Reason {
  return reason('directory-suspended', `no plugin runs: ${suspension.sentence}`, ...suspension.commands);
}

/** Advice with its `explanation`. */
export function reasonOf(advice: Advice<ReasonKind>): Reason {
  return { ...advice, explanation: explanationOf(advice) };
}

/** A reason from its parts. */
export function reason(kind: ReasonKind, sentence: string, ...commands: readonly string[]): Reason {
  return reasonOf({ kind, sentence, commands });
}

/** What keeps it from running now, or makes it run for too long. */
function runReasons(situation: Situation): readonly Reason[] {
  const { script, currentRun, facts } = situation;
  const ofRun = currentRun ? currentRunReasons(currentRun, situation) : [];
  if (!script.isSettled) {
    const when = 'it runs at the next tick after it was left alone for 300 ms';
    const sentence = `${script.plugin.file} is still being written, or was a moment ago; ${when}`;
    return [...ofRun, reason('being-written', sentence)];
  }
  return facts.run === null && ofRun.length === 0 ? [notRunYet(situation)] : ofRun;
}

function currentRunReasons(run: CurrentRun, situation: Situation): readonly Reason[] {
  if (run.isOverdue) return hungReasons(run, situation);
  const { sinceS, skips, state } = run;
  const since = `since ${timeOf(sinceS, situation)}`;
  if (state === 'running') {
    if (skips === 0) return [];
    const cure = `raise interval under [plugin:${situation.section}]`;
    return [reason('skipped', `${skippedText(skips)}: its last run is still running ${since}; ${cure}`)];
  }
  const cure = 'with more slots it waits less: raise max_concurrency under [agent]';
  if (skips > 0) return [reason('skipped', `${skippedText(skips)}: it waits for a slot ${since}; ${cure}`)];
  return [reason('waiting', `it waits for a slot ${since}; ${cure}`)];
}

function hungReasons({ pid, sinceS, elapsedS, skips }: CurrentRun, situation: Situation): readonly Reason[] {
  const { overdueAfterS } = situation;
  const who = pid === null ? '' : ` (pid ${pid})`;
  const share = elapsedS < overdueAfterS ? '' : `, longer than overdue_after (${shortDuration(overdueAfterS)})`;
  const running = `still running since ${timeOf(sinceS, situation)}${who}${share}; the agent never ends it`;
  const hung =
    pid === null
      ? reason('hung', running)
      : reason(
          'hung',
          `${running}; the first command shows what it waits for, the second one ends it`,
          `ps -o pid,etime,wchan,args -p ${pid}`,
          `kill ${pid}`,
        );
  if (skips === 0) return [hung];
  const sentence = `${skippedText(skips)}: its last run is still running; it runs again once that has ended`;
  return [hung, reason('skipped', sentence)];
}

function skippedText(skips: number): string {
  return skips === 1 ? '1 tick was skipped' : `${skips} ticks in a row were skipped`;
}

function notRunYet(situation: Situation): Reason {
  const { currentRun, nextTickAtS, nextDueAtS, intervalS, section, nowS } = situation;
  if (currentRun) return reason('not-run-yet', 'its first run since the agent started is still running');
  const when = `it runs at ${timeOf(nextDueAtS, situation)}, in ${shortDuration(nextDueAtS - nowS)}`;
  if (nextDueAtS <= nextTickAtS) return reason('not-run-yet', `it has not run since the agent started; ${when}`);
  const interval = `its interval is ${shortDuration(intervalS)}`;
  const cure = `for a shorter one set interval under [plugin:${section}]`;
  return reason('not-due', `it has not run since the agent started: ${interval}; ${when}; ${cure}`);
}

/** What is wrong with the output of its last run. */
function outputReasons({ script, facts }: Situation): readonly Reason[] {
  const { run, stderr } = facts;
  const { file, path } = script.plugin;
  if (!run) return [];
  const seeStderr = stderr.length > 0 ? [`instrument_server status ${typedName(file)}`] : [];
  if (run.failure !== null) {
    if (run.ending.kind === 'not-started' || seeStderr.length === 0) return [reasonOf(run.failure)];
    const sentence = `${run.failure.sentence}; its stderr is in its status`;
    return [reason(run.failure.kind, sentence, ...run.failure.commands, ...seeStderr)];
  }
  if (run.outputLost !== null && run.samples === 0)
    return [reason('output-lost', `its last output was lost: ${run.outputLost}`)];
  const cut = run.droppedBytes > 0 ? [outputCut(run.outputBytes)] : [];
  if (run.badLines > 0) return [...badLineReasons(run), ...cut];
  if (run.samples > 0) return cut;
  const printed = run.outputBytes === 0 ? 'printed nothing' : 'printed only blank lines';
  const more = seeStderr.length === 0 ? '' : '; its stderr is in its status';
  const cure = `print NAME VALUE lines, and try it by hand${more}`;
  const sentence = `its last run exited with 0 and ${printed} on stdout; ${cure}`;
  return [reason('empty-output', sentence, `${typeable(path)} 0`, ...seeStderr)];
}

function badLineReasons({
  badLines,
  samples,
  firstBadLines: [first],
}: NonNullable<RunFacts['run']>): readonly Reason[] {
  const kind =
    first?.reason === 'decimal-comma' ? 'decimal-comma' : samples === 0 ? 'only-bad-lines' : 'some-bad-lines';
  const verb = badLines === 1 ? 'is not a sample' : 'are not samples';
  const count = `${badLines} of ${badLines + samples} lines ${verb}`;
  return [reason(kind, first ? `${count}; the first is line ${first.line}, ${quotedBadLine(first)}` : count)];
}

function quotedBadLine({ text, hint }: BadLine): string {
  return `${JSON.stringify(text)}: ${hint}`;
}

function outputCut(outputBytes: number): Reason {
  const size = `${Math.ceil(outputBytes / (1024 * 1024))}MiB`;
  const cure = `print less, or set max_output = ${size} under [scripts]`;
  return reason('output-cut', `its last output was longer than what is kept, and its end was lost; ${cure}`);
}

function collision({ script, sameName }: Situation): readonly Reason[] {
  const { file, name, path } = script.plugin;
  const others = sameName.filter((each) => each !== path);
  if (others.length === 0) return [];
  const report = others.length === 1 ? 'reports' : 'report';
  const what = `${others.map(typeable).join(' and ')} ${report} under the same name ${name}, so their metrics mix`;
  const other = otherFile(file);
  const target = typeable(`${path.slice(0, -file.length)}${other}`);
  const sentence = `${what}; rename one, here to ${pluginName(other)}`;
  return [reason('name-collision', sentence, `mv -n ${typeable(path)} ${target}`)];
}

/** A file name that gives another plugin name: `a_sh.sh` for `a.sh`, `a_2` for `a`. */
function otherFile(file: string): string {
  const dot = file.lastIndexOf('.');
  return dot > 0 && dot < file.length - 1
    ? `${file.slice(0, dot)}_${file.slice(dot + 1)}${file.slice(dot)}`
    : `${file.replace(/\.$/, '')}_2`;
}

function typedName(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : typeable(word);
}

function timeOf(atS: number, { nowS }: Situation): string {
  return clockTimeOrDate(atS * 1000, nowS * 1000);
}
