/** Brings a parent's children into an order, moving as few as the change needs, and without taking the keyboard from the one that has it. */
export function arrange(parent: Element, ordered: readonly Element[]): void {
  const focused = document.activeElement;
  let cursor = parent.firstElementChild;
  for (const child of ordered) {
    if (child === cursor) {
      cursor = cursor.nextElementSibling;
      continue;
    }
    if (cursor && cursor.nextElementSibling === child) {
      cursor.remove(); // it belongs further down, and comes again when it is its turn
      cursor = child.nextElementSibling;
      continue;
    }
    parent.insertBefore(child, cursor);
  }
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected)
    focused.focus({ preventScroll: true });
}
