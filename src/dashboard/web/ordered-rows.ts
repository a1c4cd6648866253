import type { PluginStatus } from '../../model/status.ts';
import { needsALook } from '../../words/state-word.ts';
import type { AgentState } from './agent-state.ts';
import { arrange } from './arrange.ts';
import { pluginOrder } from './order.ts';
import type { OrderChoice } from './order-choice.ts';
import { createRowGroup } from './row-group.ts';
import type { PluginRows } from './rows.ts';
import { createStateChanges } from './state-changes.ts';

/** The rows in the order that the reader chose, in two groups if that is by trouble. */
export type OrderedRows = {
  readonly elements: readonly HTMLElement[];
  /** The rows that are shown, from the first to the last. */
  shown(): readonly Element[];
  /** Puts rows in order if that may be wrong. If `isHeld`, it only appends new ones. */
  update(plugins: AgentState['plugins'], nowS: number, showsReasons: boolean, isHeld: boolean): void;
  /** Whether rows are not in order, because the list was held. */
  isWaiting(): boolean;
  /** Puts all rows in order. */
  arrange(plugins: AgentState['plugins']): void;
  /** Shows the rows that match, and hides others, except if `isHeld`. Returns how many match. */
  filter(plugins: AgentState['plugins'], matches: (plugin: PluginStatus) => boolean, isHeld: boolean): number;
};

/** Makes the groups, without rows. */
export function createOrderedRows(rows: PluginRows, order: OrderChoice): OrderedRows {
  const [troubled, quiet] = [createRowGroup('Need a look', 'trouble'), createRowGroup('The others', 'quiet')];
  const groups = [troubled, quiet];
  const changes = createStateChanges();
  const compare = () => pluginOrder(order.current(), changes.changedAtS);
  const isTroubled = (plugin: PluginStatus) => order.current() === 'trouble' && needsALook(plugin);
  const rowOf = ({ file }: PluginStatus) => rows.of(file)?.element ?? [];
  let isOrdered = true;

  function arrangeAll(plugins: AgentState['plugins']): void {
    const ordered = [...plugins.values()].sort(compare());
    quiet.rename(
      order.current() !== 'trouble' ? `All by ${order.words()}` : ordered.some(isTroubled) ? 'The others' : 'All',
    );
    arrange(troubled.list, ordered.filter(isTroubled).flatMap(rowOf));
    arrange(quiet.list, ordered.filter((plugin) => !isTroubled(plugin)).flatMap(rowOf));
    isOrdered = true;
  }

  function appendNew(plugins: AgentState['plugins']): void {
    const added = [...plugins.values()].filter(({ file }) => rows.of(file)?.element.isConnected === false);
    troubled.list.append(...added.filter(isTroubled).flatMap(rowOf));
    quiet.list.append(...added.filter((plugin) => !isTroubled(plugin)).flatMap(rowOf));
  }

  return {
    elements: groups.map((group) => group.element),
    shown: () => groups.flatMap(({ list }) => [...list.children]).filter((row) => !row.hasAttribute('hidden')),
    isWaiting: () => !isOrdered,
    arrange: arrangeAll,
    update(plugins, nowS, showsReasons, isHeld) {
      changes.note(plugins, nowS);
      if (rows.update(plugins, nowS, showsReasons, compare())) isOrdered = false;
      if (isOrdered) return;
      if (isHeld) appendNew(plugins);
      else arrangeAll(plugins);
    },
    filter(plugins, matches, isHeld) {
      let matching = 0;
      const counts = new Map(groups.map(({ list }) => [list, 0]));
      for (const [file, plugin] of plugins) {
        const isMatching = matches(plugin);
        if (isMatching) matching += 1;
        const row = rows.of(file)?.element;
        if (!row) continue;
        const isShown = isMatching || (isHeld && !row.hidden);
        if (row.hidden === isShown) row.hidden = !isShown;
        if (isShown && row.parentElement) counts.set(row.parentElement, (counts.get(row.parentElement) ?? 0) + 1);
      }
      for (const group of groups) group.setCount(counts.get(group.list) ?? 0);
      return matching;
    },
  };
}
