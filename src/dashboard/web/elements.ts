import { visibleParts } from '../../words/visible.ts';
import { reconcile } from './reconcile.ts';

/** A child of an element. A string becomes text, never markup. */
export type Child = Node | string;

/** Makes an HTML element with attributes and children. */
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

/** Makes an SVG element with attributes and children. */
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

/** Returns the element of index.html that has this id. Throws if there is none. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found;
}

/** Sets the text of a node, only if it differs: an unchanged text costs nothing. */
export function setText(target: Node, text: string): void {
  const only = target.firstChild;
  if (only instanceof Text && only.nextSibling === null) {
    if (only.data !== text) only.data = text; // cheaper than a new text node
  } else if (target.textContent !== text) target.textContent = text;
}

/** Sets an attribute, only if it differs. */
export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/**
 * Returns text that may come from a plugin as nodes. Control and invisible characters are shown as
 * escapes (`\x1b`), in elements of their own.
 */
export function untrusted(text: string): readonly Child[] {
  return visibleParts(text).map((part) =>
    part.isEscape ? element('span', { class: 'escape' }, part.text) : part.text,
  );
}

/**
 * Returns a function that replaces a container's children, but only if `key` differs from the last
 * call's. Children that are the same as before stay, with keyboard focus and selection
 * (`reconcile.ts`).
 */
export function createRefill(container: Element): (key: unknown, children: () => readonly Child[]) => void {
  let last: string | null = null;
  return (key, children) => {
    const next = JSON.stringify(key);
    if (next === last) return;
    last = next;
    reconcile(container, children());
  };
}
