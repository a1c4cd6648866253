import type { AgentState } from './agent-state.ts';
import { byId } from './elements.ts';
import { createEmptyList } from './empty-list.ts';
import { createPluginFilter } from './filter.ts';
import { moveWithKeys } from './keys.ts';
import { createOrderChoice } from './order-choice.ts';
import { createOrderedRows } from './ordered-rows.ts';
import { createPluginRows } from './rows.ts';
import { createSparklines } from './sparklines.ts';
import { createStillness } from './stillness.ts';

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
  /** Moves the keyboard focus down by `step` rows; to the current row if it is elsewhere. */
  move(step: number): void;
};

/** Makes the list in `#list`, with filter and order above it. */
export function createPluginList(): PluginList {
  const rows = createPluginRows(createSparklines('/sparklines.json'));
  const filter = createPluginFilter(() => rearrange());
  const order = createOrderChoice(() => rearrange());
  const ordered = createOrderedRows(rows, order);
  const empty = createEmptyList();
  let lastKnown: AgentState | null = null;
  let selected: string | null = null;
  byId('filter').before(order.element);
  byId('list').append(...empty.elements, ...ordered.elements);
  const keys = moveWithKeys(byId('list'), ordered.shown);
  const stillness = createStillness(byId('list'), () => rearrange());

  /** Puts rows in order and applies the filter, whether or not a person is at the list. */
  function rearrange(): void {
    if (!lastKnown) return;
    stillness.release();
    ordered.arrange(lastKnown.plugins);
    order.showWaiting(false);
    applyFilter(lastKnown, false);
  }

  function applyFilter(known: AgentState, isHeld: boolean): void {
    const isFocusLost = empty.update(known, ordered.filter(known.plugins, filter.matches, isHeld));
    keys.settle();
    if (isFocusLost) keys.move(0);
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
      const neighbours = neighboursOfFocus(ordered.shown);
      ordered.update(known.plugins, nowS, showsReasons, stillness.isHeld());
      order.showWaiting(ordered.isWaiting());
      lastKnown = known;
      filter.update(known);
      applyFilter(known, stillness.isHeld());
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
