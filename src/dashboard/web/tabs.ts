import { byId, setAttribute } from './elements.ts';
import { rememberedValue, rememberValue } from './remembered.ts';

/** A part of the page that has a tab where the screen is narrow. */
type TabName = 'plugins' | 'charts' | 'sinks';

/** The tabs of a narrow screen. On a wide one they are hidden, and all parts are shown. */
export type Tabs = {
  /** Shows a part, without moving the keyboard focus. */
  show(name: TabName): void;
};

const names: readonly TabName[] = ['plugins', 'charts', 'sinks'];
const narrowScreen = '(max-width: 979px)'; // as in narrow.css
const remembered = 'tab';

/**
 * Makes the tabs of index.html work: with the pointer, the left and right arrow keys, Home and End.
 * The browser remembers the chosen one as long as its own tab is open. At first it is the plugins.
 * Charts and sinks share a panel: tabs.css shows the chosen part of it.
 */
export function createTabs(): Tabs {
  const bar = byId('tabs');
  const narrow = matchMedia(narrowScreen);
  const before = rememberedValue(remembered, 'sessionStorage');
  let current = names.find((name) => name === before) ?? 'plugins';

  function show(name: TabName): void {
    current = name;
    rememberValue(remembered, name, 'sessionStorage');
    draw();
  }

  function draw(): void {
    document.body.dataset['tab'] = current;
    bar.hidden = !narrow.matches;
    for (const name of names) {
      const isCurrent = name === current;
      setAttribute(tabOf(name), 'aria-selected', String(isCurrent));
      setAttribute(tabOf(name), 'tabindex', isCurrent ? '0' : '-1');
    }
    const ofOverview = current === 'sinks' ? 'sinks' : 'charts';
    drawPanel(byId('plugins'), narrow.matches ? 'plugins' : null, 'plugins-title');
    drawPanel(byId('overview'), narrow.matches ? ofOverview : null, null);
  }

  bar.addEventListener('click', ({ target }) => {
    const name = names.find((each) => tabOf(each) === target);
    if (name) show(name);
  });
  bar.addEventListener('keydown', (event) => {
    const next = nextTab(event.key, names.indexOf(current));
    if (!next) return;
    event.preventDefault();
    show(next);
    tabOf(next).focus();
  });
  narrow.addEventListener('change', draw);
  draw();
  return { show };
}

/** `tab` null: the screen is wide, and `title` is the id of what names the part, if anything. */
function drawPanel(panel: HTMLElement, tab: TabName | null, title: string | null): void {
  const label = tab === null ? title : `tab-${tab}`;
  if (tab === null) panel.removeAttribute('role');
  else setAttribute(panel, 'role', 'tabpanel');
  if (label === null) panel.removeAttribute('aria-labelledby');
  else setAttribute(panel, 'aria-labelledby', label);
}

function tabOf(name: TabName): HTMLElement {
  return byId(`tab-${name}`);
}

function nextTab(key: string, at: number): TabName | undefined {
  if (key === 'ArrowRight') return names[(at + 1) % names.length];
  if (key === 'ArrowLeft') return names.at(at - 1);
  return key === 'Home' ? names[0] : key === 'End' ? names.at(-1) : undefined;
}
