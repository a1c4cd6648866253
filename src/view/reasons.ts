import type { BadLine } from '../model/event.ts';
import { type JudgedScript, pluginName } from '../model/plugin.ts';
import type { Ending } from '../model/run.ts';
import type { CurrentRun, Reason, ReasonKind } from '../model/status.ts';
import { shortDuration } from '../words/duration.ts';
import { typeable } from '../words/shell-words.ts';
import type { RunFacts } from './runs.ts';

/** All that bears on whether a plugin reports. */
export type Situation = {
  readonly script: JudgedScript;
  /** Why no plugin of the directory runs; null: they do. */
  readonly suspension: string | null;
  readonly isEnabled: boolean;
  /** What stands behind `plugin:` in the section that holds its settings, or would. */
  readonly section: string;
  readonly facts: RunFacts;
  readonly currentRun: CurrentRun | null;
  readonly intervalS: number;
  readonly overdueAfterS: number;
  /** Its moment behind the next tick. */
  readonly nextTickAtS: number;
  readonly nextDueAtS: number;
  /** The paths of all scripts with the same name, this one among them. */
  readonly sameName: readonly string[];
  readonly nowS: number;
};

/** Why a plugin reports nothing, or less than it should, the decisive reason first; empty: it reports, and all of it. Never throws. */
export function reasonsOf(situation: Situation): readonly Reason[] {
  const { script, suspension, isEnabled, section, currentRun } = situation;
  if (suspension !== null) return [reason('directory-suspended', `no plugin runs: ${suspension}`)];
  if (script.rejection) return [reason(rejectionKind(script.rejection), script.explanation ?? '')];
  if (!isEnabled)
    return [
      reason(
        'disabled',
        `it is switched off by enabled = false under [plugin:${section}]; set enabled = true there, or remove the line`,
      ),
    ];
  const ofOutput = currentRun?.isOverdue ? [] : outputReasons(situation); // what hangs now matters more than how the run before it went
  return [...runReasons(situation), ...ofOutput, ...collision(situation)];
}

/** What keeps it from running now, or for too long. */
function runReasons(situation: Situation): readonly Reason[] {
  const { script, currentRun, facts } = situation;
  const ofRun = currentRun ? currentRunReasons(currentRun, situation) : [];
  if (!script.isSettled)
    return [
      ...ofRun,
      reason(
        'being-written',
        `${script.plugin.file} is still being written, or was a moment ago; it runs at the next tick after it has been left alone for 300 ms`,
      ),
    ];
  return facts.run === null && ofRun.length === 0 ? [notRunYet(situation)] : ofRun;
}

function currentRunReasons(run: CurrentRun, { overdueAfterS, section, nowS }: Situation): readonly Reason[] {
  const { state, pid, sinceS, elapsedS, isOverdue, skips } = run;
  const since = `since ${clockTime(sinceS, nowS)} (${shortDuration(elapsedS)})`;
  const passedOver = `${skips} ${skips === 1 ? 'tick has' : 'ticks in a row have'} passed it over`;
  if (isOverdue) {
    const share = elapsedS < overdueAfterS ? '' : `, longer than its share of ${shortDuration(overdueAfterS)}`;
    const look =
      pid === null ? '' : `; see what it waits for: ps -o pid,etime,wchan,args -p ${pid}; end it yourself: kill ${pid}`;
    const hung = reason(
      'hung',
      `its run${pid === null ? '' : `, process ${pid},`} goes on ${since}${share}; the agent never ends it${look}`,
    );
    return skips === 0
      ? [hung]
      : [hung, reason('skipped', `${passedOver}, for its last run goes on; it runs again once that has ended`)];
  }
  const slots = 'with more slots it waits less: raise max_concurrency under [agent]';
  if (state === 'running') {
    if (skips === 0) return [];
    return [
      reason('skipped', `${passedOver}, for its last run goes on ${since}; raise interval under [plugin:${section}]`),
    ];
  }
  if (skips > 0) return [reason('skipped', `${passedOver}, for it waits for a slot ${since}; ${slots}`)];
  return [reason('waiting', `it waits for a slot ${since}; ${slots}`)];
}

function notRunYet({ currentRun, nextTickAtS, nextDueAtS, intervalS, section, nowS }: Situation): Reason {
  if (currentRun)
    return reason(
      'not-run-yet',
      `its first run since the agent started goes on (${shortDuration(currentRun.elapsedS)})`,
    );
  const when = `it runs at ${clockTime(nextDueAtS, nowS)}, in ${shortDuration(nextDueAtS - nowS)}`;
  if (nextDueAtS <= nextTickAtS) return reason('not-run-yet', `it has not run since the agent started; ${when}`);
  return reason(
    'not-due',
    `it has not run since the agent started, for its interval is ${shortDuration(intervalS)}; ${when}; for a shorter one set interval under [plugin:${section}]`,
  );
}

/** What is wrong with what its last run gave. */
function outputReasons({ script, facts }: Situation): readonly Reason[] {
  const { run, stderr } = facts;
  const { file, path } = script.plugin;
  if (!run) return [];
  const itsStderr = stderr.length > 0 ? `; its stderr: instrument_server status ${typedName(file)}` : '';
  if (run.failure !== null)
    return [reason(endingKind(run.ending), `${run.failure}${run.ending.kind === 'not-started' ? '' : itsStderr}`)];
  if (run.outputLoss !== null && run.samples === 0)
    return [reason('output-lost', `its last output was lost: ${run.outputLoss}`)];
  const cut = run.droppedBytes > 0 ? [outputCut(run.outputBytes)] : [];
  if (run.badLines > 0) return [...badLines(run), ...cut];
  if (run.samples > 0) return cut;
  const printed = run.outputBytes === 0 ? 'printed nothing' : 'printed only blank lines';
  return [
    reason(
      'empty-output',
      `its last run exited with 0 and ${printed} on stdout; print NAME VALUE lines; try it by hand: ${typeable(path)} 0${itsStderr}`,
    ),
  ];
}

function badLines({ badLines: bad, samples, firstBadLines: [first] }: NonNullable<RunFacts['run']>): readonly Reason[] {
  const kind =
    first?.reason === 'decimal-comma' ? 'decimal-comma' : samples === 0 ? 'only-bad-lines' : 'some-bad-lines';
  const count = `${bad} of ${bad + samples} lines ${bad === 1 ? 'is' : 'are'} no sample`;
  return [reason(kind, first ? `${count}; the first is line ${first.line}, ${describe(first)}` : count)];
}

function describe({ text, hint }: BadLine): string {
  return `${JSON.stringify(text)}: ${hint}`;
}

function outputCut(outputBytes: number): Reason {
  const size = `${Math.ceil(outputBytes / (1024 * 1024))}MiB`;
  return reason(
    'output-cut',
    `its last output was longer than what is kept, and its end was lost; print less, or set max_output = ${size} under [scripts]`,
  );
}

function collision({ script, sameName }: Situation): readonly Reason[] {
  const { file, name, path } = script.plugin;
  const others = sameName.filter((each) => each !== path);
  if (others.length === 0) return [];
  const what = `${others.map(typeable).join(' and ')} ${others.length === 1 ? 'reports' : 'report'} under the same name ${name}, so their metrics mix`;
  const other = otherFile(file);
  const target = typeable(`${path.slice(0, -file.length)}${other}`);
  return [
    reason('name-collision', `${what}; rename one, here to ${pluginName(other)}: mv -n ${typeable(path)} ${target}`),
  ];
}

/** A file name that gives another plugin name: `a_sh.sh` for `a.sh`, `a_2` for `a`. */
function otherFile(file: string): string {
  const dot = file.lastIndexOf('.');
  return dot > 0 && dot < file.length - 1
    ? `${file.slice(0, dot)}_${file.slice(dot + 1)}${file.slice(dot)}`
    : `${file.replace(/\.$/, '')}_2`;
}

const endingKinds = {
  exited: 'exit-status',
  signaled: 'signal',
  unknown: 'ending-unknown',
  'not-started': 'not-started',
} as const satisfies Record<Ending['kind'], ReasonKind>;

function endingKind(ending: Ending): ReasonKind {
  return ending.kind === 'not-started' && ending.cause !== 'other' ? ending.cause : endingKinds[ending.kind];
}

function rejectionKind(rejection: NonNullable<JudgedScript['rejection']>): ReasonKind {
  if (rejection.kind === 'wrong-mode') return (rejection.mode & 0o100) === 0 ? 'not-executable' : 'wrong-mode';
  return rejection.kind === 'wrong-owner' ? 'wrong-owner' : 'unreadable';
}

function reason(kind: ReasonKind, explanation: string): Reason {
  return { kind, explanation };
}

function typedName(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : typeable(word);
}

/** A moment of the day, as this machine's clocks on the wall have it; with its date where that is not today's. */
function clockTime(atS: number, nowS: number): string {
  const at = new Date(atS * 1000);
  const pad = (part: number) => String(part).padStart(2, '0');
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(':');
  if (at.toDateString() === new Date(nowS * 1000).toDateString()) return time;
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${time}`;
}
