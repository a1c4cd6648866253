import type { PluginStatus } from '../../model/status.ts';
import { needsALook, stateWord } from '../../words/state-word.ts';
import type { AgentState } from './agent-state.ts';
import { arrange } from './arrange.ts';
import { byId, element, setAttribute } from './elements.ts';
import { byTrouble, pluginLook } from './order.ts';
import { badge } from './parts.ts';
import { reconcile } from './reconcile.ts';

/** Decides which plugins the list shows. */
export type PluginFilter = {
  matches(plugin: PluginStatus): boolean;
  /** Updates the buttons of states. */
  update(known: AgentState): void;
};

/**
 * Makes the filter of the words in `#filter` and of the buttons in `#answer-trouble`, one for each
 * state of a plugin with trouble, the worst first. Every word must occur in a plugin's name, state
 * or reasons.
 */
export function createPluginFilter(onChange: () => void): PluginFilter {
  const input = byId('filter');
  const chips = byId('answer-trouble');
  const [none, buttons] = [element('p', { class: 'said muted' }, 'Nothing'), new Map<string, HTMLElement>()];
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
    for (const plugin of [...known.plugins.values()].filter(needsALook).sort(byTrouble)) {
      const word = stateWord(plugin);
      const entry = counts.get(word) ?? { example: plugin, number: 0 };
      entry.number += 1;
      counts.set(word, entry);
    }
    if (state !== null && !counts.has(state)) state = null; // no plugin is in this state any more
    for (const [kind, button] of buttons) if (!counts.has(kind)) removeButton(kind, button);
    const shown = [...counts].map(([kind, { number, example }]) => chip(kind, number, example));
    if (shown.length === 0) arrange(chips, [none]);
    else none.remove();
    arrange(chips, shown);
  }

  function removeButton(kind: string, button: HTMLElement): void {
    if (button === document.activeElement) input.focus();
    button.remove();
    buttons.delete(kind);
  }

  /** Returns the button of a state, always the same one, so that it keeps the keyboard focus. */
  function chip(kind: string, number: number, example: PluginStatus): HTMLElement {
    const button = buttons.get(kind) ?? element('button', { type: 'button', class: 'chip' });
    if (!buttons.has(kind)) button.addEventListener('click', () => choose(kind));
    buttons.set(kind, button);
    setAttribute(button, 'aria-pressed', String(kind === state));
    reconcile(button, [badge(pluginLook(example), `${number} ${kind}`)]);
    return button;
  }

  function choose(kind: string): void {
    state = kind === state ? null : kind;
    if (lastKnown) update(lastKnown);
    onChange();
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
