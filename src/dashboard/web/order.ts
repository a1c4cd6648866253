import type { ReasonKind } from '../../model/advice.ts';
import type { PluginState, PluginStatus, SinkState } from '../../model/status.ts';
import { isMutedTrouble, needsALook } from '../../words/state-word.ts';

/** How a state looks: the shape beside its word, and one of four colours. */
export type RowLook = {
  readonly mark: 'ok' | 'bad' | 'hung' | 'warn' | 'new' | 'off';
  readonly tone: 'good' | 'bad' | 'warn' | 'calm';
};

const pluginLooks: Readonly<Record<PluginState, RowLook>> = {
  suspended: { mark: 'bad', tone: 'bad' },
  rejected: { mark: 'bad', tone: 'bad' },
  hung: { mark: 'hung', tone: 'bad' },
  failing: { mark: 'bad', tone: 'bad' },
  'bad-lines': { mark: 'warn', tone: 'warn' },
  silent: { mark: 'warn', tone: 'warn' },
  slow: { mark: 'hung', tone: 'calm' },
  late: { mark: 'hung', tone: 'warn' },
  ok: { mark: 'ok', tone: 'good' },
  pending: { mark: 'new', tone: 'calm' },
  disabled: { mark: 'off', tone: 'calm' },
  'not-a-script': { mark: 'off', tone: 'calm' },
};
const worstFirst = Object.keys(pluginLooks);

const sinkLooks: Readonly<Record<SinkState, RowLook>> = {
  new: { mark: 'new', tone: 'calm' },
  connected: { mark: 'ok', tone: 'good' },
  away: { mark: 'warn', tone: 'warn' },
  busy: { mark: 'warn', tone: 'warn' },
  refused: { mark: 'bad', tone: 'bad' },
};

/** What the look of a plugin follows from. */
export type PluginTrouble = Pick<PluginStatus, 'state' | 'muted'> & {
  readonly reasons: readonly { readonly kind: ReasonKind }[];
};

/**
 * Returns the look of a plugin. One that reports only a part looks like a warning; one whose
 * trouble is muted is calm.
 */
export function pluginLook(plugin: PluginTrouble): RowLook {
  if (isMutedTrouble(plugin)) return { mark: pluginLooks[plugin.state].mark, tone: 'calm' };
  const isPart = plugin.state === 'ok' || plugin.state === 'slow';
  return isPart && needsALook(plugin) ? { mark: 'warn', tone: 'warn' } : pluginLooks[plugin.state];
}

/** Returns the look of a sink's state. */
export function sinkLook(state: SinkState): RowLook {
  return sinkLooks[state];
}

/** What the list can be ordered by. All but `trouble` and `name` put the largest first. */
export type ListOrder = 'trouble' | 'name' | 'duration' | 'cpu' | 'changed';

/**
 * Returns the function that compares plugins for sorting. `changedAtS` tells when the state of one
 * last changed. Plugins that are the same otherwise, or not known, go by file name.
 */
export function pluginOrder(
  order: ListOrder,
  changedAtS: (plugin: PluginStatus) => number | null,
): (a: PluginStatus, b: PluginStatus) => number {
  switch (order) {
    case 'trouble':
      return byTrouble;
    case 'name':
      return byFile;
    case 'duration':
      return largestFirst(({ lastRun }) => lastRun?.durationMs ?? null);
    case 'cpu':
      return largestFirst(({ lastRun }) => lastRun?.cpuS ?? null);
    case 'changed':
      return largestFirst(changedAtS);
  }
}

/** What the order by trouble follows from. */
type NamedTrouble = PluginTrouble & { readonly file: string };

/** Compares plugins for sorting: those that need a look first, of these the worst state first. */
export function byTrouble(a: NamedTrouble, b: NamedTrouble): number {
  return (
    Number(needsALook(b)) - Number(needsALook(a)) ||
    worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state) ||
    byFile(a, b)
  );
}

function largestFirst(sizeOf: (plugin: PluginStatus) => number | null) {
  const known = (plugin: PluginStatus) => sizeOf(plugin) ?? Number.NEGATIVE_INFINITY;
  return (a: PluginStatus, b: PluginStatus): number => {
    const [first, second] = [known(a), known(b)];
    return first === second ? byFile(a, b) : second - first;
  };
}

function byFile(a: Pick<NamedTrouble, 'file'>, b: Pick<NamedTrouble, 'file'>): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : 0;
}
