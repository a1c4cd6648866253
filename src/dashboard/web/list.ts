import type { PluginStatus } from '../../model/status.ts';
import { firstPluginCommand } from '../../words/first-plugin.ts';
import type { AgentState } from './agent-state.ts';
import { arrange } from './arrange.ts';
import { byId, createRefill, element, setText } from './elements.ts';
import { createPluginFilter } from './filter.ts';
import { moveWithKeys } from './keys.ts';
import { comparePlugins, needsALook } from './order.ts';
import { commandLine } from './parts.ts';
import { createRowGroup } from './row-group.ts';
import { createPluginRows } from './rows.ts';
import { readableCount } from './words.ts';

/** The list of plugins, those with trouble first. */
export type PluginList = {
  update(known: AgentState, nowS: number): void;
  /** Updates the elapsed times. To be called once a second. */
  tick(nowS: number): void;
  /** Marks the plugin whose details are shown beside the list; null: none are. */
  select(file: string | null): void;
  /** Moves the keyboard focus to a plugin's row. */
  focus(file: string): void;
};

/** Makes the list in `#list`, with the filter above it. */
export function createPluginList(): PluginList {
  const rows = createPluginRows();
  const [troubled, quiet] = [createRowGroup('Need a look', 'trouble'), createRowGroup('The others', 'quiet')];
  const empty = element('p', { class: 'empty' });
  const first = element('div', { class: 'first' });
  const refillFirst = createRefill(first);
  const filter = createPluginFilter(applyFilter);
  let lastKnown: AgentState | null = null;
  let selected: string | null = null;
  byId('list').append(empty, first, troubled.element, quiet.element);
  const keys = moveWithKeys(byId('list'), () =>
    [...troubled.list.children, ...quiet.list.children].filter((row) => !row.hasAttribute('hidden')),
  );

  function applyFilter(): void {
    if (!lastKnown) return;
    let matching = 0;
    for (const [file, plugin] of lastKnown.plugins) {
      const isMatching = filter.matches(plugin);
      if (isMatching) matching += 1;
      const row = rows.of(file)?.element;
      if (row && row.hidden === isMatching) row.hidden = !isMatching;
    }
    for (const group of [troubled, quiet]) group.count();
    setText(empty, emptyText(lastKnown, matching));
    offerFirst(lastKnown);
    keys.settle();
  }

  /** While there is no plugin, and one can be added: the command that adds one. */
  function offerFirst({ agent, plugins }: AgentState): void {
    const { isEnabled, reason, location } = agent.scripts;
    const commands = plugins.size === 0 && isEnabled && reason === null ? [firstPluginCommand(location)] : [];
    refillFirst(commands, () => commands.map(commandLine));
  }

  function arrangeRows(plugins: AgentState['plugins']): void {
    const ordered = [...plugins.values()].sort(comparePlugins);
    const elementOf = ({ file }: PluginStatus) => rows.of(file)?.element ?? [];
    arrange(troubled.list, ordered.filter(needsALook).flatMap(elementOf));
    arrange(quiet.list, ordered.filter((plugin) => !needsALook(plugin)).flatMap(elementOf));
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
      if (rows.update(known.plugins, nowS, showsReasons)) arrangeRows(known.plugins);
      lastKnown = known;
      filter.update(known);
      applyFilter();
      select(selected);
    },
    tick: rows.tick,
    select,
    focus(file) {
      const row = rows.of(file);
      if (row) keys.focus(row.element);
    },
  };
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
