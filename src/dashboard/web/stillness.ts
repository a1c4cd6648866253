import { element } from './elements.ts';

/** Keeps the rows of a list where they are on the screen while a person is at the list. */
export type Stillness = {
  /**
   * Whether the pointer is over the list, or the keyboard focus in it. Rows must not be moved or
   * hidden then.
   */
  isHeld(): boolean;
  /**
   * Runs a change of the page. If the list is held, the row under the pointer, or else the row with
   * the focus, is afterwards where it was: what grew or shrank above it is made up for by scrolling,
   * and by room above or below the rows until the list is free.
   */
  keepPlace(change: () => void): void;
  /** Takes that room away. */
  release(): void;
};

/** Makes it for a list whose rows have the class `row`. Calls `onFree` when it is held no more. */
export function createStillness(list: HTMLElement, onFree: () => void): Stillness {
  const [above, below] = [element('div'), element('div')];
  const room = new Map<HTMLElement, number>([above, below].map((spacer) => [spacer, 0] as const));
  let isPointerOver = false;
  let kept: { readonly row: Element; readonly topPx: number; readonly scrollTop: number } | null = null;
  list.prepend(above);
  list.append(below);

  const isHeld = () => isPointerOver || hasFocus(list);
  const leave = () => {
    isPointerOver = false;
    free();
  };
  list.addEventListener('pointermove', ({ pointerType }) => {
    isPointerOver = pointerType !== 'touch'; // a finger is not over the list once it is lifted
  });
  list.addEventListener('pointerleave', leave);
  list.addEventListener('focusout', () => requestAnimationFrame(free)); // the focus may return at once
  addEventListener('blur', free);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) leave();
  });

  function free(): void {
    if (isHeld()) return;
    release();
    onFree();
  }

  function release(): void {
    for (const spacer of room.keys()) setRoom(spacer, 0);
  }

  function setRoom(spacer: HTMLElement, px: number): void {
    if (room.get(spacer) === px) return;
    room.set(spacer, px);
    spacer.style.height = `${px}px`;
  }

  /** Moves the rows by so many pixels, up if it is positive. */
  function moveUp(px: number): void {
    const scroller = scrollerOf(list);
    const [roomAbove, roomBelow] = [room.get(above) ?? 0, room.get(below) ?? 0];
    const fromRoom = Math.min(roomAbove, Math.max(0, px));
    const wanted = scroller.scrollTop + px - fromRoom;
    const most = scroller.scrollHeight - fromRoom - scroller.clientHeight;
    setRoom(above, roomAbove - fromRoom - Math.min(0, wanted));
    if (wanted > most) setRoom(below, roomBelow + wanted - most + emptyBelow(scroller, below));
    scroller.scrollTop = wanted;
  }

  function settle(row: Element, topPx: number): void {
    if (!row.isConnected) return;
    const movedPx = row.getBoundingClientRect().top - topPx;
    if (Math.abs(movedPx) >= 0.5) moveUp(movedPx);
    kept = { row, topPx, scrollTop: scrollerOf(list).scrollTop };
  }

  /** Where a row is to stay: where it was kept before, so that parts of pixels do not add up. */
  function placeOf(row: Element) {
    const topPx = row.getBoundingClientRect().top;
    return kept?.row === row && Math.abs(kept.topPx - topPx) < 1 ? kept : { row, topPx };
  }

  return {
    isHeld,
    release,
    keepPlace(change) {
      const rows = isHeld() ? [list.querySelector('.row:hover'), document.activeElement?.closest('.row')] : [];
      const places = rows.flatMap((row) => (row ? [placeOf(row)] : []));
      list.style.setProperty('overflow-anchor', places.length > 0 ? 'none' : 'auto'); // else the browser scrolls, too
      change();
      const place = places.find(({ row }) => row.isConnected);
      if (!place) return;
      settle(place.row, place.topPx);
      requestAnimationFrame(() => {
        // Rows that came into sight only now may be larger or smaller than they were taken to be
        if (isHeld() && kept?.scrollTop === scrollerOf(list).scrollTop) settle(place.row, place.topPx);
      });
    },
  };
}

function hasFocus(list: HTMLElement): boolean {
  return document.hasFocus() && document.activeElement !== list && list.contains(document.activeElement);
}

/** The element that scrolls the list: itself, or the page where that is narrow. */
function scrollerOf(list: HTMLElement): Element {
  return getComputedStyle(list).overflowY === 'visible' ? (document.scrollingElement ?? list) : list;
}

/** How far the content ends above the lower edge of what scrolls it. */
function emptyBelow(scroller: Element, last: Element): number {
  const lowerPx = scroller === document.scrollingElement ? innerHeight : scroller.getBoundingClientRect().bottom;
  return Math.max(0, lowerPx - last.getBoundingClientRect().bottom);
}
