import type { Clock } from '../io/clock.ts';
import type { Config } from '../model/config.ts';
import type { AgentEvent, RunFinishedEvent } from '../model/event.ts';
import type { Mark, MarkKind } from '../model/mark.ts';
import type { PluginFile } from '../model/plugin.ts';
import { unreachable } from '../model/result.ts';
import type { Ending } from '../model/run.ts';
import type { MarkStore } from '../store/marks.ts';
import { roughDuration } from '../words/duration.ts';
import type { Delivery } from './delivery.ts';

/** What marks are made of. */
export type MarkDeps = {
  readonly clock: Clock;
  readonly marks: Pick<MarkStore, 'add' | 'all'>;
  /** Whether the collector is to get a mark that is made now. */
  readonly isNoticed: () => boolean;
  /** Called when there is a notice to send. */
  readonly onNotice: () => void;
};

/** At most one mark in this time of a plugin's changes, and one of its state. */
const quietMs = 5 * 60_000;

/** How many subjects are remembered. If there are more, the others have no marks. */
const mostSubjects = 2000;

const longestName = 120;

/**
 * What is said of one subject: of the changes of a plugin, of its state, or of the agent's starts.
 */
type Subject = {
  /** When the next mark may be made, by the clock that only moves forward. */
  quietUntilMs: number;
  /** The last state that was said; a plugin is well as long as nothing was said of it. */
  said: MarkKind;
  /** Since when it has not been well, in unix seconds, as it was said. */
  troubleSinceS: number;
  /** What is to be said when the quiet is over. Null: nothing new. */
  held: Mark | null;
};

/**
 * Makes marks of events: the agent was started, a script was changed, a plugin began to fail or to
 * hang, or is well again. Of much in a short time it makes few, and always the last one.
 */
export class MarkMaker {
  readonly #deps: MarkDeps;
  readonly #subjects = new Map<string, Subject>();

  constructor(deps: MarkDeps) {
    this.#deps = deps;
    const { clock, marks } = deps;
    for (const mark of marks.all()) {
      const subject = this.#subject(mark);
      if (subject === null) continue;
      const leftMs = quietMs - (clock.nowMs() - mark.atS * 1000);
      subject.quietUntilMs = clock.monotonicMs() + (leftMs > quietMs ? 0 : leftMs);
      noteSaid(subject, mark);
    }
  }

  /** Takes an event. Must see every event from the start on. */
  note(event: AgentEvent): void {
    switch (event.event) {
      case 'daemon.started':
        this.#happened('started', null, `the agent (instrument_server ${event.version}) was started`);
        return;
      case 'plugin.changed':
        this.#happened('changed', event.plugin, `plugin ${shortName(event.plugin)} was changed`);
        return;
      case 'plugin.removed':
        this.#removed(event.plugin);
        return;
      case 'run.hung':
        this.#became('hung', event.plugin, `its run has taken ${roughDuration(event.elapsedMs)} so far`);
        return;
      case 'run.skipped':
        if (event.reason === 'left-behind')
          this.#became('failing', event.plugin, 'it is not run: processes that its runs left behind hold its output');
        return;
      case 'run.finished':
        this.#finished(event);
        return;
      default:
    }
  }

  /**
   * Makes the marks whose quiet is over, and forgets subjects that are quiet no more and not in
   * trouble. To be called at each tick.
   */
  look(): void {
    for (const [key, subject] of this.#subjects) {
      this.#say(subject);
      if (!this.#isQuiet(subject) && subject.said !== 'failing' && subject.said !== 'hung') this.#subjects.delete(key);
    }
  }

  #finished({ plugin, ending, failure, outputLost }: RunFinishedEvent): void {
    if (failure !== null) {
      const isBeingWritten = ending.kind === 'not-started' && ending.cause === 'being-written';
      if (!isBeingWritten) this.#became('failing', plugin, howItEnded(ending));
    } else if (outputLost !== null) this.#became('failing', plugin, 'its output was lost');
    else this.#became('well', plugin, '');
  }

  #happened(kind: 'started' | 'changed', plugin: PluginFile | null, text: string): void {
    const mark: Mark = { atS: this.#nowS(), durationS: 0, kind, plugin, text };
    const subject = this.#subject(mark);
    if (subject === null) return;
    subject.held = mark;
    this.#say(subject);
  }

  #became(kind: 'failing' | 'hung' | 'well', plugin: PluginFile, why: string): void {
    const known = this.#subjects.get(keyOf({ kind, plugin }));
    if (known === undefined && kind === 'well') return;
    const mark: Mark = { atS: this.#nowS(), durationS: 0, kind, plugin, text: why };
    const subject = known ?? this.#subject(mark);
    if (subject === null || subject.held?.kind === kind) return;
    subject.held = subject.said === kind ? null : stateMark(mark, subject);
    this.#say(subject);
  }

  /** Should there be a script of this name again, it is a new one. */
  #removed(plugin: PluginFile): void {
    const subject = this.#subjects.get(keyOf({ kind: 'well', plugin }));
    if (subject === undefined) return;
    subject.said = 'well';
    if (subject.held?.kind !== 'well') subject.held = null;
  }

  #isQuiet(subject: Subject): boolean {
    return this.#deps.clock.monotonicMs() < subject.quietUntilMs;
  }

  #say(subject: Subject): void {
    const { clock, isNoticed, marks, onNotice } = this.#deps;
    const { held } = subject;
    if (held === null || this.#isQuiet(subject)) return;
    subject.held = null;
    subject.quietUntilMs = clock.monotonicMs() + quietMs;
    noteSaid(subject, held);
    const isOwed = isNoticed();
    marks.add(held, isOwed);
    if (isOwed) onNotice();
  }

  /** Returns what is remembered of a subject. Null: there are too many. */
  #subject(mark: Pick<Mark, 'kind' | 'plugin'>): Subject | null {
    const key = keyOf(mark);
    const known = this.#subjects.get(key);
    if (known !== undefined || this.#subjects.size >= mostSubjects) return known ?? null;
    const added: Subject = { quietUntilMs: 0, said: 'well', troubleSinceS: 0, held: null };
    this.#subjects.set(key, added);
    return added;
  }

  #nowS(): number {
    return Math.floor(this.#deps.clock.nowMs() / 1000);
  }
}

/** Makes the marks of an agent. `config` gives the configuration in force. */
export function markMaker(
  clock: Clock,
  marks: MarkDeps['marks'],
  delivery: Pick<Delivery, 'appended'>,
  config: () => Pick<Config, 'collector'>,
): MarkMaker {
  const isNoticed = () => config().collector.notices && config().collector.apiKey !== null;
  return new MarkMaker({ clock, marks, isNoticed, onNotice: delivery.appended });
}

function keyOf({ kind, plugin }: Pick<Mark, 'kind' | 'plugin'>): string {
  const isState = kind !== 'started' && kind !== 'changed';
  return `${isState ? 'state' : 'change'} ${plugin ?? ''}`;
}

function noteSaid(subject: Subject, { kind, atS }: Mark): void {
  if (subject.said === 'well' && kind !== 'well') subject.troubleSinceS = atS;
  subject.said = kind;
}

/** The mark of a state; the text of `mark` is why. */
function stateMark(mark: Mark, { troubleSinceS }: Subject): Mark {
  const name = shortName(mark.plugin ?? '');
  if (mark.kind === 'failing') return { ...mark, text: `plugin ${name} fails: ${mark.text}` };
  if (mark.kind === 'hung') return { ...mark, text: `plugin ${name} hangs: ${mark.text}` };
  const durationS = Math.max(0, mark.atS - troubleSinceS);
  return { ...mark, durationS, text: `plugin ${name} is well again after ${roughDuration(durationS * 1000)}` };
}

/** A file may have any name that the file system allows. */
function shortName(file: string): string {
  return file.length > longestName ? `${file.slice(0, longestName)}…` : file;
}

/** Says how a run ended, in words that nothing of the plugin's output or settings is in. */
function howItEnded(ending: Ending): string {
  switch (ending.kind) {
    case 'exited':
      return `it exited with status ${ending.status}`;
    case 'signaled':
      return `it was ended by ${ending.signal}`;
    case 'not-started':
      return `it could not be started (${ending.code})`;
    case 'unknown':
      return 'how it ended is not known';
    default:
      return unreachable(ending);
  }
}
