import type { Locator, Page } from 'playwright-core';

/** The part of a chart's height in which its first line is drawn: 0 is the top, 1 the bottom. */
export type LineHeight = { readonly top: number; readonly bottom: number };

/** A chart's card: the one that is shown, if another part of the page has it too. */
export function cardOf(page: Page, metric: string): Locator {
  return page.locator(`.card[data-metric="${metric}"]:visible`);
}

/** Scrolls to a metric's card, and waits until it is drawn. */
export async function drawnCard(page: Page, metric: string): Promise<Locator> {
  await cardOf(page, metric).scrollIntoViewIfNeeded();
  await page.locator(`.card[data-metric="${metric}"][data-from-s]:visible canvas`).waitFor();
  return cardOf(page, metric);
}

/** Reads the pixels of a chart that have the colour of its line. Null: it has none yet. */
export function lineHeight(card: Locator): Promise<LineHeight | null> {
  return card.evaluate((element) => {
    const canvas = element.querySelector('canvas');
    const over = element.querySelector('.u-over');
    const paint = canvas?.getContext('2d');
    if (!canvas || !over || !paint) return null;
    const dot = document.createElement('canvas').getContext('2d');
    if (!dot) return null;
    dot.fillStyle = getComputedStyle(element).getPropertyValue('--accent').trim();
    dot.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = dot.getImageData(0, 0, 1, 1).data;
    const [outer, inner] = [canvas.getBoundingClientRect(), over.getBoundingClientRect()];
    const scale = canvas.width / outer.width;
    const [left, top] = [(inner.left - outer.left) * scale, (inner.top - outer.top) * scale];
    const [width, height] = [inner.width * scale, inner.height * scale];
    const { data } = paint.getImageData(left, top, width, height);
    const rows: number[] = [];
    for (let at = 0; at < data.length; at += 4) {
      const distance =
        Math.abs((data[at] ?? 0) - red) + Math.abs((data[at + 1] ?? 0) - green) + Math.abs((data[at + 2] ?? 0) - blue);
      if ((data[at + 3] ?? 0) > 200 && distance < 40) rows.push(Math.floor(at / 4 / Math.floor(width)));
    }
    return rows.length === 0 ? null : { top: Math.min(...rows) / height, bottom: Math.max(...rows) / height };
  });
}

/** Where something is in a chart: the area of its values. */
export async function areaOf(card: Locator) {
  const box = await card.locator('.u-over').boundingBox();
  if (!box) throw new Error('the card has no chart');
  return box;
}

/** Moves the pointer over a chart: 0 is its left end, 1 its right one. */
export async function pointAt(page: Page, card: Locator, share: number): Promise<void> {
  await card.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await areaOf(card);
  await page.mouse.move(x + share * width, y + height / 2);
}

/** Drags from one place in a chart to another. */
export async function dragOver(page: Page, card: Locator, from: number, to: number): Promise<void> {
  await pointAt(page, card, from);
  await page.mouse.down();
  await pointAt(page, card, (from + to) / 2);
  await pointAt(page, card, to);
  await page.mouse.up();
}

/** The part of time that a card shows, in unix seconds. */
export async function timeOf(card: Locator): Promise<readonly [fromS: number, toS: number]> {
  const [from, to] = await Promise.all(['data-from-s', 'data-to-s'].map((name) => card.getAttribute(name)));
  return [Number(from), Number(to)];
}
