import { element, setAttribute, setText } from './elements.ts';

/** Rows under a title that says how many of them are shown. It is hidden while none is. */
export type RowGroup = {
  readonly element: HTMLElement;
  readonly list: HTMLElement;
  /** Changes the title. */
  rename(title: string): void;
  /** Says how many rows are shown. To be called after rows were added, removed or hidden. */
  setCount(shown: number): void;
};

/** Makes a group without rows. `kind` is a class of its element. */
export function createRowGroup(title: string, kind: 'trouble' | 'quiet'): RowGroup {
  const [words, number] = [element('span', {}, title), element('span')];
  const list = element('ul', { 'aria-label': title });
  const group = element('div', { class: `group ${kind}`, hidden: '' }, element('h3', {}, words, ' ', number), list);
  return {
    element: group,
    list,
    rename(next) {
      setText(words, next);
      setAttribute(list, 'aria-label', next);
    },
    setCount(shown) {
      setText(number, String(shown));
      if (group.hidden !== (shown === 0)) group.hidden = shown === 0;
    },
  };
}
