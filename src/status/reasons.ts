import { quoted } from '../io/shell-words.ts';
import { shortDuration } from '../model/duration.ts';
import type { BadLine } from '../model/event.ts';
import type { JudgedScript } from '../model/plugin.ts';
import { unreachable } from '../model/result.ts';
import type { Ending } from '../model/run.ts';
import type { CurrentRun, Reason, ReasonKind, SinkStatus } from '../model/status.ts';
import type { RunFacts } from './run-facts.ts';

/** All that bears on whether a plugin reports. */
export type Situation = {
  readonly script: JudgedScript;
  /** Why no plugin of the directory runs; null: they do. */
  readonly suspension: string | null;
  readonly isEnabled: boolean;
  readonly facts: RunFacts;
  readonly currentRun: CurrentRun | null;
  readonly intervalS: number;
  readonly overdueAfterS: number;
  readonly nextTickAtS: number;
  readonly nextDueAtS: number;
  /** The paths of all scripts with the same name, this one among them. */
  readonly sameName: readonly string[];
  readonly nowS: number;
};

/** Why a plugin reports nothing, or less than it should, the decisive reason first; empty: it reports. Never throws. */
export function reasonsOf(situation: Situation): readonly Reason[] {
  const { script, suspension, isEnabled } = situation;
  const { name } = script.plugin;
  if (suspension !== null) return [reason('directory-suspended', `no plugin runs: ${suspension}`)];
  if (script.rejection) return [reason(rejectionKind(script.rejection), script.explanation ?? '')];
  if (!isEnabled)
    return [
      reason('disabled', `it is switched off by enabled = false under [plugin:${name}]; set enabled = true there, or remove the line`),
    ];
  const blocked = runReasons(situation);
  return [...blocked, ...(blocked.some(({ kind }) => kind === 'hung') ? [] : outputReasons(situation)), ...collision(situation)];
}

/** Why no plugin's samples arrive at a sink; empty: they do, as far as is known. */
export function sinkReasons(sinks: readonly SinkStatus[], nowS: number): readonly Reason[] {
  return sinks.flatMap(({ name, state, trouble, troubleSinceS, waitingSamples }) => {
    if (state === 'new' || state === 'connected' || trouble === null) return [];
    const isCollector = name === 'instrumental';
    const kind = state === 'refused' ? (isCollector ? 'key-refused' : 'sink-refused') : isCollector ? 'collector-away' : 'sink-away';
    const since = troubleSinceS === null ? '' : ` for ${shortDuration(nowS - troubleSinceS)}`;
    const what = `${name} ${state === 'refused' ? 'has refused us' : 'has taken nothing'}${since}: ${trouble}`;
    return [reason(kind, `${what}; ${waitingSamples} samples wait and are not lost; ${sinkCure(kind)}`)];
  });
}

function sinkCure(kind: ReasonKind): string {
  if (kind === 'key-refused')
    return 'correct api_key under [collector] (or -k, or INSTRUMENTAL_TOKEN); try it: instrument_server check --connect';
  if (kind === 'sink-refused') return 'correct its section; try it: instrument_server check --connect';
  return 'it is tried again by itself; try it now: instrument_server check --connect';
}

/** What keeps it from running now, or for too long. */
function runReasons(situation: Situation): readonly Reason[] {
  const { script, currentRun, facts, overdueAfterS } = situation;
  const { file } = script.plugin;
  const reasons: Reason[] = [];
  if (currentRun?.isOverdue) {
    const since = `since ${clockTime(currentRun.sinceS)} (${shortDuration(currentRun.elapsedS)})`;
    const who = currentRun.pid === null ? '' : `, process ${currentRun.pid}`;
    const look =
      currentRun.pid === null
        ? ''
        : `; see what it waits for: ps -o pid,etime,wchan,args -p ${currentRun.pid}; end it yourself: kill ${currentRun.pid}`;
    reasons.push(
      reason(
        'hung',
        `its run goes on ${since}${who}, longer than its share of ${shortDuration(overdueAfterS)}; the agent never ends it${look}`,
      ),
    );
  }
  if (currentRun && currentRun.skips > 0) {
    const cure = currentRun.isOverdue ? 'it runs again once that run has ended' : 'raise max_concurrency under [agent], or its interval';
    reasons.push(
      reason(
        'skipped',
        `${currentRun.skips} ${currentRun.skips === 1 ? 'tick has' : 'ticks in a row have'} passed it over, for its last run ${currentRun.state === 'running' ? 'goes on' : 'still waits for a slot'}; ${cure}`,
      ),
    );
  } else if (currentRun?.state === 'waiting') {
    reasons.push(
      reason(
        'waiting',
        `it waits for a slot since ${clockTime(currentRun.sinceS)}; with more slots it waits less: raise max_concurrency under [agent]`,
      ),
    );
  }
  if (!script.isSettled)
    reasons.push(
      reason(
        'being-written',
        `${file} is still being written, or was a moment ago; it runs at the next tick after it has been left alone for 300 ms`,
      ),
    );
  if (facts.run === null && !currentRun && script.isSettled) reasons.push(notRunYet(situation));
  return reasons;
}

function notRunYet({ script, nextTickAtS, nextDueAtS, intervalS, nowS }: Situation): Reason {
  const when = `it runs at ${clockTime(nextDueAtS)}, in ${shortDuration(nextDueAtS - nowS)}`;
  if (nextDueAtS <= nextTickAtS) return reason('not-run-yet', `it has not run since the agent started; ${when}`);
  return reason(
    'not-due',
    `it has not run since the agent started, for its interval is ${shortDuration(intervalS)}; ${when}; for a shorter one set interval under [plugin:${script.plugin.name}]`,
  );
}

/** What is wrong with what its last run gave. */
function outputReasons({ script, facts }: Situation): readonly Reason[] {
  const { run } = facts;
  const { file, path } = script.plugin;
  if (!run) return [];
  if (run.failure !== null) return [reason(endingKind(run.ending), run.failure)];
  const wantsStderr = facts.stderr.length > 0 ? `; its stderr: instrument_server status ${quotedIfNeeded(file)}` : '';
  if (run.samples === 0 && run.badLines === 0)
    return [
      reason(
        'empty-output',
        `its last run exited with 0 and printed nothing on stdout; print NAME VALUE lines; try it by hand: ${quoted(path)} 0${wantsStderr}`,
      ),
    ];
  if (run.badLines === 0) return [];
  const [first] = run.firstBadLines;
  const kind = first?.reason === 'decimal-comma' ? 'decimal-comma' : run.samples === 0 ? 'only-bad-lines' : 'some-bad-lines';
  const count = `${run.badLines} of ${run.badLines + run.samples} lines ${run.badLines === 1 ? 'is' : 'are'} no sample`;
  return [reason(kind, first ? `${count}; the first is ${describe(first)}` : count)];
}

function collision({ script, sameName }: Situation): readonly Reason[] {
  const others = sameName.filter((path) => path !== script.plugin.path);
  if (others.length === 0) return [];
  return [
    reason(
      'name-collision',
      `${others.map(quoted).join(' and ')} ${others.length === 1 ? 'reports' : 'report'} under the same name ${script.plugin.name}, so their metrics mix; rename one: mv ${quoted(script.plugin.path)} NEWNAME`,
    ),
  ];
}

function describe({ line, text, hint }: BadLine): string {
  return `line ${line} ${JSON.stringify(text)}: ${hint}`;
}

function endingKind(ending: Ending): ReasonKind {
  switch (ending.kind) {
    case 'exited':
      return 'exit-status';
    case 'signaled':
      return 'signal';
    case 'unknown':
      return 'ending-unknown';
    case 'not-started':
      return ending.cause === 'other' ? 'not-started' : ending.cause;
    default:
      return unreachable(ending);
  }
}

function rejectionKind(rejection: NonNullable<JudgedScript['rejection']>): ReasonKind {
  if (rejection.kind === 'wrong-mode') return (rejection.mode & 0o100) === 0 ? 'not-executable' : 'wrong-mode';
  return rejection.kind === 'wrong-owner' ? 'wrong-owner' : 'unreadable';
}

function reason(kind: ReasonKind, explanation: string): Reason {
  return { kind, explanation };
}

function quotedIfNeeded(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : quoted(word);
}

/** A moment of the day, or with its date where it is not today. */
function clockTime(atS: number): string {
  const at = new Date(atS * 1000);
  const pad = (part: number) => String(part).padStart(2, '0');
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(':');
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${time}`;
}
