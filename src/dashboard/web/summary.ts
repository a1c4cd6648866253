import { isReporting, type SinkStatus } from '../../model/status.ts';
import { shortDuration } from '../../words/duration.ts';
import { isMutedTrouble, needsALook } from '../../words/state-word.ts';
import { visible } from '../../words/visible.ts';
import type { AgentState } from './agent-state.ts';
import { byId, createRefill, element, setText } from './elements.ts';
import type { EventConnection } from './live.ts';
import { type RowLook, sinkLook } from './order.ts';
import { badge, reasonItems } from './parts.ts';
import { agoText, readableCount } from './words.ts';

const connectionTexts: Readonly<Record<Exclude<EventConnection, 'refused'>, string>> = {
  connecting: 'connecting…',
  live: 'live',
  reconnecting: 'reconnecting…',
};

/** The part of a sink's status that the words for it need. */
type SinkDelay = Pick<SinkStatus, 'state' | 'waitingSamples' | 'oldestAtS' | 'troubleSinceS'>;

/** The head of the page, its banners, and the three answers below them. */
export type AgentSummary = {
  update(known: AgentState, nowS: number): void;
  /** Updates the elapsed times. To be called once a second. */
  tick(known: AgentState, nowS: number): void;
};

/** Shows the state of the connection to the agent. `refused` is what a refused reader sees. */
export function showConnection(connection: EventConnection, refused: string): void {
  byId('connection').dataset['state'] = connection;
  setText(byId('connection-text'), connection === 'refused' ? refused : connectionTexts[connection]);
}

/** Makes the summary from elements of index.html. */
export function createAgentSummary(): AgentSummary {
  const [reporting, arriving, banners] = [
    createRefill(byId('answer-reporting')),
    createRefill(byId('answer-arriving')),
    createRefill(byId('banners')),
  ];

  function tick({ agent }: AgentState, nowS: number): void {
    const { version, startedAtS, lastTickAtS, intervalS, isStopping } = agent;
    const ticked = lastTickAtS === null ? 'no tick yet' : `last tick ${agoText(lastTickAtS, nowS)}`;
    const up = isStopping ? 'stopping' : `up ${shortDuration(nowS - startedAtS)}`;
    setText(
      byId('agent'),
      [`instrument_server ${version}`, up, `a tick every ${shortDuration(intervalS)}`, ticked].join(' · '),
    );
    arriving(
      agent.sinks.map((sink) => arrivalWords(sink, nowS)),
      () => arrivals(agent.sinks, nowS),
    );
  }

  return {
    tick,
    update(known, nowS) {
      const { agent, plugins } = known;
      const files = [...plugins.values()];
      const all = files.filter(({ state }) => state !== 'not-a-script');
      const ok = all.filter(isReporting).length;
      const trouble = all.filter(needsALook).length;
      setText(byId('host'), visible(agent.hostname));
      setText(byId('plugins-place'), visible(agent.scripts.location));
      const others = [
        countUnlessZero(all.filter(({ state }) => state === 'slow').length, 'slow'),
        countUnlessZero(all.filter(({ state }) => state === 'late').length, 'late'),
        countUnlessZero(all.filter(({ state }) => state === 'pending').length, 'not run yet'),
        countUnlessZero(all.filter(({ state }) => state === 'disabled').length, 'switched off'),
        countUnlessZero(files.length - all.length, 'not a script'),
        countUnlessZero(all.filter(isMutedTrouble).length, 'muted'),
      ];
      reporting([ok, all.length, trouble, others, agent.scripts.isEnabled], () => [
        element(
          'p',
          { class: 'said' },
          badge(reportingLook(ok, trouble), reportingWords(ok, all.length, agent.scripts.isEnabled)),
        ),
        element('p', { class: 'muted' }, others.filter((text) => text !== '').join(', ')),
      ]);
      const { configurationProblems, scripts, directories, overload, storeFailure, isStopping } = agent;
      banners(
        [configurationProblems, scripts.reason, scripts.warning, directories, overload, storeFailure, isStopping],
        () => bannersOf(known),
      );
      tick(known, nowS);
    },
  };
}

/** Says how many plugins report. */
export function reportingWords(ok: number, all: number, isEnabled: boolean): string {
  if (all === 0) return isEnabled ? 'No plugins yet' : 'Plugins are not enabled';
  return ok === all
    ? `All ${readableCount(all, 'plugin')} report${all === 1 ? 's' : ''}`.replace('All 1 plugin', 'The plugin')
    : `${ok} of ${readableCount(all, 'plugin')} report`;
}

/** Returns the look of those words. */
export function reportingLook(ok: number, trouble: number): RowLook {
  if (trouble > 0) return { mark: 'bad', tone: 'bad' };
  return ok > 0 ? { mark: 'ok', tone: 'good' } : { mark: 'new', tone: 'calm' };
}

function countUnlessZero(number: number, what: string): string {
  return number === 0 ? '' : `${number} ${what}`;
}

function arrivals(sinks: readonly SinkStatus[], nowS: number): readonly HTMLElement[] {
  if (sinks.length === 0)
    return [element('p', { class: 'said' }, badge({ mark: 'off', tone: 'calm' }, 'Kept on this host only'))];
  return sinks.map((sink) =>
    element(
      'p',
      { class: 'said' },
      badge(sinkLook(sink.state), visible(sink.name), ' '),
      element('span', {}, arrivalWords(sink, nowS)),
    ),
  );
}

/** Says what waits for a sink, and for how long it is away. */
export function arrivalWords({ state, waitingSamples, oldestAtS, troubleSinceS }: SinkDelay, nowS: number): string {
  const since =
    troubleSinceS === null || state === 'connected' || state === 'new'
      ? ''
      : ` for ${shortDuration(nowS - troubleSinceS)}`;
  const waiting =
    waitingSamples === 0
      ? 'nothing waits'
      : `${readableCount(waitingSamples, 'sample')} ${waitingSamples === 1 ? 'waits' : 'wait'}`;
  const oldest = oldestAtS === null || state === 'connected' ? '' : `, the oldest from ${agoText(oldestAtS, nowS)}`;
  return `${state}${since}: ${waiting}${oldest}`;
}

function bannersOf({ agent }: AgentState): readonly HTMLElement[] {
  const { configurationProblems, scripts, directories = [], overload, stateDir, storeFailure, isStopping } = agent;
  const banner = (tone: 'bad' | 'warn', title: string, ...rest: readonly HTMLElement[]) =>
    element('div', { class: `banner ${tone}` }, element('strong', {}, title), ...rest);
  return [
    ...(isStopping ? [banner('warn', 'The agent is stopping.')] : []),
    ...(scripts.reason === null
      ? []
      : [banner('bad', 'No plugin runs.', element('ul', {}, ...reasonItems([scripts.reason])))]),
    ...directories.flatMap(({ name, reason }) =>
      reason === null ? [] : [banner('bad', `No plugin of ${name} runs.`, element('ul', {}, ...reasonItems([reason])))],
    ),
    ...(scripts.warning === null
      ? []
      : [banner('warn', 'A group can replace what runs.', element('ul', {}, ...reasonItems([scripts.warning])))]),
    ...(configurationProblems.length === 0
      ? []
      : [
          banner(
            'warn',
            'The configuration on disk is not in force because it has problems:',
            element('ul', {}, ...configurationProblems.map((problem) => element('li', {}, visible(problem)))),
          ),
        ]),
    ...(overload === null
      ? []
      : [banner('warn', 'The agent is overloaded:', element('p', {}, visible(overload.explanation)))]),
    ...(storeFailure === null
      ? []
      : [
          banner(
            'bad',
            `Samples can't be stored in ${visible(stateDir)} and are held in memory:`,
            element('p', {}, visible(storeFailure)),
          ),
        ]),
  ];
}
