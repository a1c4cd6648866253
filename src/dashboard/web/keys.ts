/** The keys that move through a list. */
export type ListKeys = {
  /**
   * Makes sure that Tab reaches one row. To be called after rows were added, removed or hidden.
   */
  settle(): void;
  /** Moves the keyboard focus to a row. */
  focus(row: Element): void;
  /** Moves the keyboard focus down by `step` rows, or to the current row if no row has it. */
  move(step: number): void;
};

const steps: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/**
 * Makes Tab reach only the current row of a list, with its link and its buttons. The arrow keys,
 * Page Up, Page Down, Home and End change the current row. `rows` returns the rows that are shown.
 */
export function moveWithKeys(container: HTMLElement, rows: () => readonly Element[]): ListKeys {
  let current: Element | null = null;

  function makeCurrent(row: Element | null): void {
    if (row !== current && current) reach(current, '-1');
    current = row;
    if (row) reach(row, '0');
  }

  container.addEventListener('focusin', ({ target }) => {
    const row = target instanceof Element ? target.closest('.row') : null;
    if (row) makeCurrent(row);
  });
  container.addEventListener('keydown', (event) => {
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!document.activeElement?.closest('.row')) return;
    event.preventDefault();
    move(step);
  });

  function move(step: number): void {
    const all = rows();
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = at < 0 ? current : all[Math.min(all.length - 1, Math.max(0, at + step))];
    if (next) focus(next);
  }

  function focus(row: Element): void {
    makeCurrent(row);
    row.querySelector('a')?.focus();
  }

  return {
    settle() {
      if (current?.isConnected && !current.hasAttribute('hidden')) return;
      makeCurrent(rows()[0] ?? null);
    },
    focus,
    move,
  };
}

function reach(row: Element, tabindex: '0' | '-1'): void {
  for (const each of row.querySelectorAll('a, button')) each.setAttribute('tabindex', tabindex);
}
