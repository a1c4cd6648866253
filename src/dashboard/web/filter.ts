import type { PluginStatus } from '../../model/status.ts';
import type { AgentState } from './agent-state.ts';
import { byId, createRefill, element } from './elements.ts';
import { isTroubled, pluginLook } from './order.ts';
import { badge } from './parts.ts';

/** What the list leaves out. */
export type Filter = {
  matches(plugin: PluginStatus): boolean;
  /** Offers the states that there are. */
  update(known: AgentState): void;
};

/** The words in `#filter`, and the buttons of states in `#answer-trouble`. Words are looked for in name, state and reasons; all must be there. */
export function createFilter(onChange: () => void): Filter {
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
    for (const plugin of [...known.plugins.values()].filter(isTroubled)) {
      const kind = kindOf(plugin);
      const entry = counts.get(kind) ?? { example: plugin, number: 0 };
      entry.number += 1;
      counts.set(kind, entry);
    }
    if (state !== null && !counts.has(state)) state = null; // nobody is in it any more
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
      if (state !== null && (!isTroubled(plugin) || kindOf(plugin) !== state)) return false;
      if (words.length === 0) return true;
      const text = [plugin.file, plugin.name, plugin.state, ...plugin.reasons.map(({ explanation }) => explanation)]
        .join(' ')
        .toLowerCase();
      return words.every((word) => text.includes(word));
    },
    update,
  };
}

function kindOf({ state }: PluginStatus): string {
  return state === 'ok' ? 'in part' : state;
}
