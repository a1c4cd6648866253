import type { PluginStatus } from '../../model/status.ts';
import type { AgentState } from './agent-state.ts';
import { arrange } from './arrange.ts';
import { byId, element, setText } from './elements.ts';
import { createFilter } from './filter.ts';
import { moveWithKeys } from './keys.ts';
import { compare, isTroubled } from './order.ts';
import { createPluginRow, type PluginRow } from './row.ts';
import { counted } from './words.ts';

/** The list of plugins: those that need a look first. */
export type PluginList = {
  update(known: AgentState, nowS: number): void;
  /** What counts up, once a second. */
  tick(nowS: number): void;
  /** Marks the one that is shown beside it; null: none. */
  select(file: string | null): void;
  /** Brings the keyboard to a plugin's row. */
  focus(file: string): void;
};

/** Makes the list in `#list`, with the filter above it. Only rows of plugins that changed are touched. */
export function createPluginList(): PluginList {
  const rows = new Map<string, PluginRow>();
  const shown = new Map<string, PluginStatus>();
  const [troubled, quiet] = [createGroup('Need a look', 'trouble'), createGroup('The others', 'quiet')];
  const empty = element('p', { class: 'empty' });
  const filter = createFilter(() => applyFilter(lastKnown));
  let lastKnown: AgentState | null = null;
  let showedReasons = true;
  let selected: string | null = null;
  byId('list').append(empty, troubled.element, quiet.element);
  const keys = moveWithKeys(byId('list'), () =>
    [...troubled.list.children, ...quiet.list.children].filter((row) => !row.hasAttribute('hidden')),
  );

  function applyFilter(known: AgentState | null): void {
    if (!known) return;
    let matching = 0;
    for (const [file, plugin] of known.plugins) {
      const isMatching = filter.matches(plugin);
      if (isMatching) matching += 1;
      const row = rows.get(file)?.element;
      if (row && row.hidden === isMatching) row.hidden = !isMatching;
    }
    for (const group of [troubled, quiet]) group.count();
    const { isEnabled, suspension } = known.agent.scripts;
    const nothing = isEnabled
      ? suspension === null
        ? 'No plugin yet: an executable script in the directory above, mode 0700, appears here within a moment.'
        : ''
      : 'Plugins are not enabled: start the agent with -e, or set enabled = true under [scripts].';
    setText(
      empty,
      known.plugins.size === 0
        ? nothing
        : matching === 0
          ? `None of ${counted(known.plugins.size, 'plugin')} matches.`
          : '',
    );
    keys.settle();
  }

  return {
    update(known, nowS) {
      const showsReasons = known.agent.scripts.suspension === null;
      for (const [file, row] of rows) {
        if (known.plugins.has(file)) continue;
        row.element.remove();
        rows.delete(file);
        shown.delete(file);
      }
      let isOrderOld = showsReasons !== showedReasons || rows.size !== known.plugins.size;
      for (const [file, plugin] of known.plugins) {
        const before = shown.get(file);
        if (before === plugin && showsReasons === showedReasons) continue;
        const row = rows.get(file) ?? createPluginRow(file);
        rows.set(file, row);
        shown.set(file, plugin);
        row.update(plugin, nowS, showsReasons);
        isOrderOld ||= !before || compare(before, { ...plugin, file: before.file }) !== 0;
      }
      showedReasons = showsReasons;
      if (isOrderOld) {
        const ordered = [...known.plugins.values()].sort(compare);
        const elementOf = ({ file }: PluginStatus) => rows.get(file)?.element ?? [];
        const isFirst = (plugin: PluginStatus) => isTroubled(plugin);
        arrange(troubled.list, ordered.filter(isFirst).flatMap(elementOf));
        arrange(quiet.list, ordered.filter((plugin) => !isFirst(plugin)).flatMap(elementOf));
      }
      lastKnown = known;
      filter.update(known);
      applyFilter(known);
      this.select(selected);
    },
    tick(nowS) {
      for (const [file, { currentRun }] of shown) if (currentRun) rows.get(file)?.tick(nowS);
    },
    select(file) {
      if (selected !== null && selected !== file) rows.get(selected)?.select(false);
      selected = file;
      if (file !== null) rows.get(file)?.select(true);
    },
    focus(file) {
      const row = rows.get(file);
      if (row) keys.focus(row.element);
    },
  };
}

type Group = { readonly element: HTMLElement; readonly list: HTMLElement; count(): void };

function createGroup(title: string, name: string): Group {
  const number = element('span', { class: 'group-count' });
  const list = element('ul', { class: 'rows', 'aria-label': title });
  const group = element('div', { class: `group ${name}`, hidden: '' }, element('h3', {}, title, ' ', number), list);
  return {
    element: group,
    list,
    count() {
      const visible = list.querySelectorAll(':scope > :not([hidden])').length;
      setText(number, String(visible));
      if (group.hidden !== (visible === 0)) group.hidden = visible === 0;
    },
  };
}
