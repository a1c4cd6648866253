import type { PluginStatus } from '../../model/status.ts';
import { firstPluginCommand } from '../../words/first-plugin.ts';
import type { AgentState } from './agent-state.ts';
import { arrange } from './arrange.ts';
import { byId, createRefill, element, setText } from './elements.ts';
import { createPluginFilter } from './filter.ts';
import { moveWithKeys } from './keys.ts';
import { comparison, needsALook } from './order.ts';
import { createOrderChoice } from './order-choice.ts';
import { commandLine } from './parts.ts';
import { createRowGroup } from './row-group.ts';
import { createPluginRows } from './rows.ts';
import { createSparklines } from './sparklines.ts';
import { createStateChanges } from './state-changes.ts';
import { createStillness } from './stillness.ts';
import { readableCount } from './words.ts';

/**
 * The list of plugins, in the order that the reader chose. While a person is at it, with the
 * pointer or with the keyboard, rows keep their places: new ones come last in their group, and the
 * order waits.
 */
export type PluginList = {
  update(known: AgentState, nowS: number): void;
  /** Updates the elapsed times. To be called once a second. */
  tick(nowS: number): void;
  /**
   * Runs a change of the page that may make the list grow or move. The row under the pointer, or
   * else the row with the focus, stays where it is.
   */
  keepPlace(change: () => void): void;
  /** Marks the plugin whose details are shown beside the list; null: none are. */
  select(file: string | null): void;
  /** Moves the keyboard focus to a plugin's row. */
  focus(file: string): void;
  /** Moves the keyboard focus so many rows down; to the list, if it is elsewhere. */
  move(step: number): void;
};

/** Makes the list in `#list`, with filter and order above it. */
export function createPluginList(): PluginList {
  const sparklines = createSparklines();
  const rows = createPluginRows(sparklines);
  const changes = createStateChanges();
  const [troubled, quiet] = [createRowGroup('Need a look', 'trouble'), createRowGroup('The others', 'quiet')];
  const groups = [troubled, quiet];
  const empty = element('p', { class: 'empty' });
  const first = element('div', { class: 'first' });
  const refillFirst = createRefill(first);
  const filter = createPluginFilter(() => rearrange());
  const order = createOrderChoice(() => rearrange());
  let lastKnown: AgentState | null = null;
  let selected: string | null = null;
  let isOrdered = true;
  let lastTickAtS: number | null = null;
  byId('filter').before(order.element);
  byId('list').append(empty, first, troubled.element, quiet.element);
  const stillness = createStillness(byId('list'), () => {
    if (lastKnown && !isOrdered) arrangeRows(lastKnown.plugins);
    applyFilter();
  });
  const shownRows = () => groups.flatMap(({ list }) => [...list.children]).filter((row) => !row.hasAttribute('hidden'));
  const keys = moveWithKeys(byId('list'), shownRows);

  /** Shows at once what the reader asked for. */
  function rearrange(): void {
    stillness.release();
    if (lastKnown) arrangeRows(lastKnown.plugins);
    applyFilter(false);
  }

  /** While the list is held, rows that do not match any more stay. */
  function applyFilter(isHeld = stillness.isHeld()): void {
    if (!lastKnown) return;
    let matching = 0;
    const counts = new Map(groups.map(({ list }) => [list, 0]));
    for (const [file, plugin] of lastKnown.plugins) {
      const isMatching = filter.matches(plugin);
      if (isMatching) matching += 1;
      const row = rows.of(file)?.element;
      if (!row) continue;
      const isShown = isMatching || (isHeld && !row.hidden);
      if (row.hidden === isShown) row.hidden = !isShown;
      if (isShown && row.parentElement) counts.set(row.parentElement, (counts.get(row.parentElement) ?? 0) + 1);
    }
    for (const group of groups) group.setCount(counts.get(group.list) ?? 0);
    setText(empty, emptyText(lastKnown, matching));
    const wasAtFirst = first.contains(document.activeElement);
    offerFirst(lastKnown);
    keys.settle();
    if (wasAtFirst && !first.contains(document.activeElement)) keys.move(0);
  }

  /** While there is no plugin, and one can be added: the command that adds one. */
  function offerFirst({ agent, plugins }: AgentState): void {
    const { isEnabled, reason, location } = agent.scripts;
    const commands = plugins.size === 0 && isEnabled && reason === null ? [firstPluginCommand(location)] : [];
    refillFirst(commands, () => commands.map(commandLine));
  }

  const currentComparison = () => comparison(order.current(), changes.changedAtS);
  const isTroubled = (plugin: PluginStatus) => order.current() === 'trouble' && needsALook(plugin);
  const rowOf = ({ file }: PluginStatus) => rows.of(file)?.element ?? [];

  function arrangeRows(plugins: AgentState['plugins']): void {
    const ordered = [...plugins.values()].sort(currentComparison());
    quiet.rename(order.current() === 'trouble' ? 'The others' : `All by ${order.words()}`);
    arrange(troubled.list, ordered.filter(isTroubled).flatMap(rowOf));
    arrange(quiet.list, ordered.filter((plugin) => !isTroubled(plugin)).flatMap(rowOf));
    isOrdered = true;
  }

  function appendNewRows(plugins: AgentState['plugins']): void {
    const added = [...plugins.values()].filter(({ file }) => rows.of(file)?.element.isConnected === false);
    troubled.list.append(...added.filter(isTroubled).flatMap(rowOf));
    quiet.list.append(...added.filter((plugin) => !isTroubled(plugin)).flatMap(rowOf));
  }

  function select(file: string | null): void {
    if (selected !== null && selected !== file) rows.of(selected)?.select(false);
    selected = file;
    if (file !== null) rows.of(file)?.select(true);
  }

  return {
    update(known, nowS) {
      const { scripts, directories } = known.agent;
      // A suspension of all is shown once, in the banner
      const showsReasons = scripts.reason === null || directories !== undefined;
      const neighbours = neighboursOfFocus(shownRows);
      changes.note(known.plugins, nowS);
      if (rows.update(known.plugins, nowS, showsReasons, currentComparison())) isOrdered = false;
      if (!isOrdered && stillness.isHeld()) appendNewRows(known.plugins);
      else if (!isOrdered) arrangeRows(known.plugins);
      lastKnown = known;
      if (known.agent.lastTickAtS !== lastTickAtS) sparklines.refresh();
      lastTickAtS = known.agent.lastTickAtS;
      filter.update(known);
      applyFilter();
      select(selected);
      const next = neighbours.some((row) => row.contains(document.activeElement)) ? null : neighbours.find(isShown);
      if (next) keys.focus(next);
    },
    tick: rows.tick,
    keepPlace: stillness.keepPlace,
    select,
    focus(file) {
      const row = rows.of(file);
      if (row) keys.focus(row.element);
    },
    move: keys.move,
  };
}

/** The row that has the focus, and the rows that get it if that one is removed, in this order. */
function neighboursOfFocus(shownRows: () => readonly Element[]): readonly Element[] {
  const focused = document.activeElement?.closest('.row');
  if (!focused) return [];
  const all = shownRows();
  const at = all.indexOf(focused);
  return [focused, ...all.slice(at + 1), ...all.slice(0, Math.max(0, at)).reverse()];
}

function isShown(row: Element): boolean {
  return row.isConnected && !row.hasAttribute('hidden');
}

/** Says why no row is shown. Empty if rows are. */
function emptyText({ agent, plugins }: AgentState, matching: number): string {
  if (plugins.size > 0) return matching === 0 ? `None of ${readableCount(plugins.size, 'plugin')} matches.` : '';
  const { isEnabled, reason } = agent.scripts;
  if (!isEnabled) return 'Plugins are not enabled: start the agent with -e, or set enabled = true under [scripts].';
  return reason === null
    ? 'No plugin yet. An executable script in the directory above, mode 0700, appears here at once. This makes one:'
    : '';
}
