import { beatLegend } from './beat-strip.ts';
import { byId, element } from './elements.ts';

/** What the keys do, for the page's own list of them. */
const shortcuts: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['/'], 'filter the plugins'],
  [['j', '↓'], 'next plugin (↓ in the list)'],
  [['k', '↑'], 'plugin before it (↑ in the list)'],
  [['Page Down', 'Page Up'], 'ten plugins on, or back (in the list)'],
  [['Home', 'End'], 'first and last plugin (in the list)'],
  [['Enter'], 'open the plugin'],
  [['Escape'], 'close what is open'],
  [['p'], 'pause, or continue'],
  [['?'], 'show these keys'],
];

/** What a key can do. */
export type ShortcutActions = {
  /** Moves the keyboard focus in the list of plugins. */
  move(step: number): void;
  togglePause(): void;
};

/**
 * Makes the page obey single keys, except while the reader types in a field, and a button that
 * lists them.
 */
export function obeyKeys({ move, togglePause }: ShortcutActions): void {
  const dialog = keysDialog();
  const opener = element('button', { type: 'button', id: 'keys', 'aria-label': 'Keys', title: 'Keys: ?' }, '?');
  opener.addEventListener('click', () => dialog.showModal());
  byId('pause').append(opener);
  document.body.append(dialog);
  const actions: Readonly<Record<string, () => void>> = {
    '/': () => byId('filter').focus(),
    j: () => move(1),
    k: () => move(-1),
    p: togglePause,
    '?': () => dialog.showModal(),
  };
  addEventListener('keydown', (event) => {
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey || dialog.open || isField(event.target)) return;
    event.preventDefault();
    action();
  });
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches('input, select, textarea') || target.isContentEditable);
}

function keysDialog(): HTMLDialogElement {
  const close = element('button', { type: 'button' }, 'Close');
  const keys = shortcuts.flatMap(([names, does]) => [
    element('dt', {}, ...names.flatMap((name) => [element('kbd', {}, name), ' '])),
    element('dd', {}, does),
  ]);
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'keys-title' },
    element('h2', { id: 'keys-title' }, 'Keys'),
    element('dl', {}, ...keys),
    element('h2', {}, 'Strip of the last 60 ticks'),
    beatLegend(),
    close,
  );
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('keydown', (event) => event.stopPropagation()); // Escape closes it, and nothing else
  return dialog;
}
