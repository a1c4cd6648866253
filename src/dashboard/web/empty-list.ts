import { firstPluginCommand } from '../../words/first-plugin.ts';
import type { AgentState } from './agent-state.ts';
import { createRefill, element, setText } from './elements.ts';
import { commandLine } from './parts.ts';
import { readableCount } from './words.ts';

/** What stands in place of rows while there is none to show. */
export type EmptyList = {
  readonly elements: readonly HTMLElement[];
  /**
   * Says why no row is shown, if `matching` is 0; and while there is no plugin, and one can be
   * added, the command that adds one. Returns whether what had the focus is gone.
   */
  update(known: AgentState, matching: number): boolean;
};

/** Makes it without words. */
export function createEmptyList(): EmptyList {
  const words = element('p', { class: 'empty' });
  const first = element('div', { class: 'first' });
  const refillFirst = createRefill(first);
  return {
    elements: [words, first],
    update(known, matching) {
      const { isEnabled, reason, location } = known.agent.scripts;
      const commands = known.plugins.size === 0 && isEnabled && reason === null ? [firstPluginCommand(location)] : [];
      const hadFocus = first.contains(document.activeElement);
      setText(words, emptyText(known, matching));
      refillFirst(commands, () => commands.map(commandLine));
      return hadFocus && !first.contains(document.activeElement);
    },
  };
}

function emptyText({ agent, plugins }: AgentState, matching: number): string {
  if (plugins.size > 0) return matching === 0 ? `None of ${readableCount(plugins.size, 'plugin')} matches.` : '';
  const { isEnabled, reason } = agent.scripts;
  if (!isEnabled) return 'Plugins are not enabled: start the agent with -e, or set enabled = true under [scripts].';
  return reason === null
    ? 'No plugin yet. An executable script in the directory above, mode 0700, appears here at once. This makes one:'
    : '';
}
