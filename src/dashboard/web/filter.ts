import type { PluginStatus } from '../../model/status.ts';
import { stateWord } from '../../words/state-word.ts';
import type { AgentState } from './agent-state.ts';
import { byId, createRefill, element } from './elements.ts';
import { needsALook, pluginLook } from './order.ts';
import { badge } from './parts.ts';

/** Decides which plugins the list shows. */
export type PluginFilter = {
  matches(plugin: PluginStatus): boolean;
  /** Updates the buttons of states. */
  update(known: AgentState): void;
};

/**
 * Makes the filter of the words in `#filter` and of the buttons in `#answer-trouble`, one for each
 * state of a plugin with trouble. Every word must occur in a plugin's name, state or reasons.
 */
export function createPluginFilter(onChange: () => void): PluginFilter {
  const input = byId('filter');
  const chips = byId('answer-trouble');
  const refill = createRefill(chips);
  let words: readonly string[] = [];
  let state: string | null = null;
  let lastKnown: AgentState | null = null;

  input.addEventListener('input', () => {
    words =
      input instanceof HTMLInputElement
        ? input.value
            .toLowerCase()
            .split(/\s+/)
            .filter((word) => word !== '')
        : [];
    onChange();
  });

  function update(known: AgentState): void {
    lastKnown = known;
    const counts = new Map<string, { readonly example: PluginStatus; number: number }>();
    for (const plugin of [...known.plugins.values()].filter(needsALook)) {
      const word = stateWord(plugin);
      const entry = counts.get(word) ?? { example: plugin, number: 0 };
      entry.number += 1;
      counts.set(word, entry);
    }
    if (state !== null && !counts.has(state)) state = null; // no plugin is in this state any more
    const entries = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
    refill([entries.map(([kind, { number }]) => [kind, number]), state], () =>
      entries.length === 0
        ? [element('p', { class: 'said muted' }, 'Nothing')]
        : entries.map(([kind, { example, number }]) => chip(kind, number, example)),
    );
  }

  function chip(kind: string, number: number, example: PluginStatus): HTMLElement {
    const button = element(
      'button',
      { type: 'button', class: 'chip', 'aria-pressed': String(kind === state) },
      badge(pluginLook(example), `${number} ${kind}`),
    );
    button.addEventListener('click', () => {
      state = kind === state ? null : kind;
      if (lastKnown) update(lastKnown);
      onChange();
      [...chips.querySelectorAll('button')].find((each) => each.textContent?.endsWith(` ${kind}`))?.focus();
    });
    return button;
  }

  return {
    matches(plugin) {
      if (state !== null && (!needsALook(plugin) || stateWord(plugin) !== state)) return false;
      if (words.length === 0) return true;
      const text = [
        plugin.file,
        plugin.name,
        stateWord(plugin),
        ...plugin.reasons.map(({ explanation }) => explanation),
      ]
        .join(' ')
        .toLowerCase();
      return words.every((word) => text.includes(word));
    },
    update,
  };
}
