import { element } from './elements.ts';

/** Moves the rows of a list on the screen, also where there is nothing more to scroll. */
export type ScrollRoom = {
  /** Moves the rows up by `px`, or down if it is negative, without a row that changes. */
  moveUp(px: number): void;
  /** Takes away the room above and below the rows that was needed for that. */
  release(): void;
  /** How far the list is scrolled, in pixels. */
  scrolledPx(): number;
};

/** Makes it for a list, with an empty element at each end. */
export function createScrollRoom(list: HTMLElement): ScrollRoom {
  const [above, below] = [element('div'), element('div')];
  let [abovePx, belowPx] = [0, 0];
  list.prepend(above);
  list.append(below);

  function setRoom(nextAbovePx: number, nextBelowPx: number): void {
    if (nextAbovePx !== abovePx) above.style.height = `${nextAbovePx}px`;
    if (nextBelowPx !== belowPx) below.style.height = `${nextBelowPx}px`;
    [abovePx, belowPx] = [nextAbovePx, nextBelowPx];
  }

  return {
    moveUp(px) {
      const scroller = scrollerOf(list);
      const fromRoomPx = Math.min(abovePx, Math.max(0, px));
      const wantedPx = scroller.scrollTop + px - fromRoomPx;
      const mostPx = scroller.scrollHeight - fromRoomPx - scroller.clientHeight;
      const nextAbovePx = abovePx - fromRoomPx - Math.min(0, wantedPx);
      const missingPx = wantedPx > mostPx ? wantedPx - mostPx + emptyPxBelow(scroller, below) : 0;
      setRoom(nextAbovePx, belowPx + missingPx);
      scroller.scrollTop = wantedPx;
    },
    release: () => setRoom(0, 0),
    scrolledPx: () => scrollerOf(list).scrollTop,
  };
}

/** The element that scrolls the list: itself, or the page where that is narrow. */
function scrollerOf(list: HTMLElement): Element {
  return getComputedStyle(list).overflowY === 'visible' ? (document.scrollingElement ?? list) : list;
}

/** How far the content ends above the lower edge of what scrolls it. */
function emptyPxBelow(scroller: Element, last: Element): number {
  const lowerPx = scroller === document.scrollingElement ? innerHeight : scroller.getBoundingClientRect().bottom;
  return Math.max(0, lowerPx - last.getBoundingClientRect().bottom);
}
