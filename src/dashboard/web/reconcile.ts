import { arrange } from './arrange.ts';

const mostTries = 20; // old children that one new child is compared with

/**
 * Gives an element the wanted children, and keeps each old child that is like a wanted one, with
 * its keyboard focus and its listeners:
 *
 * - one that is equal, or has the same `data-key`, stays as it is
 * - else an HTML element of the same name and `data-part` takes over the attributes and children of
 *   the wanted one
 *
 * An element with listeners must therefore have a `data-key` that says all that they act on.
 * Buttons, links and fields need none: they stay only if they are equal.
 */
export function reconcile(parent: Element, wanted: readonly (Node | string)[]): void {
  const made = wanted.map((child) => (typeof child === 'string' ? new Text(child) : child));
  const left = new Set<Node>(parent.childNodes);
  const take = (fits: (old: Node) => boolean): Node | null => {
    let tries = 0;
    for (const old of left) {
      if (fits(old)) {
        left.delete(old);
        return old;
      }
      tries += 1;
      if (tries === mostTries) break;
    }
    return null;
  };
  const same = made.map((node) => take((old) => isSame(old, node)));
  const children = made.map((node, index) => {
    const old = same[index] ?? take((each) => isAdaptable(each, node));
    if (old !== null && old !== same[index]) adapt(old, node);
    return old ?? node;
  });
  for (const old of left) parent.removeChild(old);
  arrange(parent, children);
}

function isSame(old: Node, wanted: Node): boolean {
  const [key, wantedKey] = [keyOf(old), keyOf(wanted)];
  return key === null && wantedKey === null ? old.isEqualNode(wanted) : key === wantedKey;
}

function isAdaptable(old: Node, wanted: Node): boolean {
  if (old.nodeName !== wanted.nodeName || keyOf(wanted) !== null) return false;
  if (!(old instanceof HTMLElement && wanted instanceof HTMLElement)) return old instanceof Text;
  return old.dataset['part'] === wanted.dataset['part'] && !old.matches('[data-key], a, button, canvas, input, select');
}

function adapt(old: Node, wanted: Node): void {
  if (old instanceof Text) old.data = wanted.nodeValue ?? '';
  if (!(old instanceof Element) || !(wanted instanceof Element)) return;
  for (const { name } of [...old.attributes]) if (!wanted.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  reconcile(old, [...wanted.childNodes]);
}

function keyOf(node: Node): string | null {
  return node instanceof HTMLElement ? (node.dataset['key'] ?? null) : null;
}
