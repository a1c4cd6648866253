/** The keyboard in a list. */
export type ListKeys = {
  /** Sees to it that one row can be reached with Tab, after rows came, went or were hidden. */
  settle(): void;
  focus(row: Element): void;
};

const steps: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** One row of a list is a stop of the Tab key, with the buttons in it; the arrow keys, Page Up and Down, Home and End make another one that stop. */
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
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element))
      return;
    const all = rows();
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
    if (at < 0 || !next) return;
    event.preventDefault();
    focus(next);
  });

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
  };
}

function reach(row: Element, tabindex: '0' | '-1'): void {
  for (const each of row.querySelectorAll('a, button')) each.setAttribute('tabindex', tabindex);
}
