/**
 * Brings a parent's children into an order. Moves only the children that must move, and leaves the
 * keyboard focus where it was.
 */
export function arrange(parent: Element, ordered: readonly Element[]): void {
  const focused = document.activeElement;
  let cursor = parent.firstElementChild;
  for (const child of ordered) {
    if (child === cursor) {
      cursor = cursor.nextElementSibling;
      continue;
    }
    if (cursor && cursor.nextElementSibling === child) {
      cursor.remove(); // it belongs further down, and is inserted there later
      cursor = child.nextElementSibling;
      continue;
    }
    parent.insertBefore(child, cursor);
  }
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected)
    focused.focus({ preventScroll: true });
}
