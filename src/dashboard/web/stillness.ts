import { createScrollRoom } from './scroll-room.ts';

/** Keeps the rows of a list where they are on the screen while a person is at the list. */
export type Stillness = {
  /**
   * Whether the pointer is over the list, or the keyboard focus in it. Rows must not be moved or
   * hidden then.
   */
  isHeld(): boolean;
  /**
   * Runs a change of the page. If the list is held, the row under the pointer, or else the row with
   * the focus, is afterwards where it was: what grew or shrank above it is made up for by
   * scrolling, and by room above or below the rows until the list is free.
   */
  keepPlace(change: () => void): void;
  /** Takes that room away. */
  release(): void;
};

/** A row, and where its upper edge is to stay in the window. */
type RowPlace = { readonly row: Element; readonly topPx: number };

/** Makes it for a list whose rows have the class `row`. Calls `onFree` when it is held no more. */
export function createStillness(list: HTMLElement, onFree: () => void): Stillness {
  const room = createScrollRoom(list);
  const isHeld = watchHold(list, onFree);
  let kept: RowPlace | null = null;

  /** Where a row is to stay: where it was kept before, so that parts of pixels do not add up. */
  function placeOf(row: Element): RowPlace {
    const topPx = row.getBoundingClientRect().top;
    return kept?.row === row && Math.abs(kept.topPx - topPx) < 1 ? kept : { row, topPx };
  }

  function settle({ row, topPx }: RowPlace): void {
    if (!row.isConnected) return;
    const movedPx = row.getBoundingClientRect().top - topPx;
    if (Math.abs(movedPx) >= 0.5) room.moveUp(movedPx);
  }

  return {
    isHeld,
    release: room.release,
    keepPlace(change) {
      const rows = isHeld() ? [list.querySelector('.row:hover'), document.activeElement?.closest('.row')] : [];
      const places = rows.flatMap((row) => (row ? [placeOf(row)] : []));
      list.style.setProperty('overflow-anchor', places.length > 0 ? 'none' : 'auto'); // else the browser scrolls, too
      change();
      const place = places.find(({ row }) => row.isConnected) ?? null;
      kept = place;
      if (!place) return;
      settle(place);
      const scrolledPx = room.scrolledPx();
      requestAnimationFrame(() => {
        // Rows that came into sight only now may be larger or smaller than they were taken to be
        if (isHeld() && room.scrolledPx() === scrolledPx) settle(place);
      });
    },
  };
}

/** Returns the function that says whether the list is held. Calls `onFree` when it is no more. */
function watchHold(list: HTMLElement, onFree: () => void): () => boolean {
  let isPointerOver = false;
  const isHeld = () => isPointerOver || hasFocus(list);
  const free = () => {
    if (!isHeld()) onFree();
  };
  const leave = () => {
    isPointerOver = false;
    free();
  };
  const come = ({ pointerType }: PointerEvent) => {
    isPointerOver = pointerType !== 'touch'; // a finger is not over the list once it is lifted
  };
  list.addEventListener('pointerenter', come);
  list.addEventListener('pointermove', come);
  list.addEventListener('pointerleave', leave);
  list.addEventListener('focusout', () => requestAnimationFrame(free)); // the focus may return at once
  addEventListener('blur', free);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) leave();
  });
  return isHeld;
}

function hasFocus(list: HTMLElement): boolean {
  return document.hasFocus() && document.activeElement !== list && list.contains(document.activeElement);
}
