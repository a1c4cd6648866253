/**
 * Brings a parent's children into an order. Moves only the children that must move, and leaves the
 * keyboard focus where it was.
 */
export function arrange(parent: Element, ordered: readonly Node[]): void {
  const focused = document.activeElement;
  let cursor = parent.firstChild;
  for (const child of ordered) {
    if (child === cursor) {
      cursor = cursor.nextSibling;
      continue;
    }
    if (cursor && cursor.nextSibling === child) {
      cursor.remove(); // it belongs further down, and is inserted there later
      cursor = child.nextSibling;
      continue;
    }
    parent.insertBefore(child, cursor);
  }
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected)
    focused.focus({ preventScroll: true });
}
