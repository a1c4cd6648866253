import { visibleParts } from '../../words/visible.ts';

/** What may stand in an element: text stays text, whatever is in it. */
export type Child = Node | string;

/** An element with attributes and children. There is no way to give it markup as text. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The same for SVG. */
export function drawing<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The element with this id in index.html. Throws where there is none. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found;
}

/** Sets an element's text where it is another one: what stays the same costs nothing. */
export function setText(target: Node, text: string): void {
  const only = target.firstChild;
  if (only instanceof Text && only.nextSibling === null) {
    if (only.data !== text) only.data = text; // cheaper than another node in its place
  } else if (target.textContent !== text) target.textContent = text;
}

/** Sets an attribute where it is another one. */
export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** Text from a plugin as nodes: control characters, escape codes and invisible ones are shown as what they are, set apart from the text around them. */
export function untrusted(text: string): readonly Child[] {
  return visibleParts(text).map((part) =>
    part.isEscape ? element('span', { class: 'escape' }, part.text) : part.text,
  );
}

/** Fills a container anew where `key` is another one than last time. So focus and selection in what stays the same are left alone. */
export function createRefill(container: Element): (key: unknown, children: () => readonly Child[]) => void {
  let last: string | null = null;
  return (key, children) => {
    const next = JSON.stringify(key);
    if (next === last) return;
    last = next;
    container.replaceChildren(...children());
  };
}
