import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** The part of a chart's height in which its first line is drawn: 0 is the top, 1 the bottom. */
export type LineHeight = { readonly top: number; readonly bottom: number };

/** A chart's card: the one that is shown, if another part of the page has it too. */
export function cardOf(page: Page, metric: string): Locator {
  return page.locator(`.card[data-metric="${metric}"]:visible`);
}

/** Scrolls to a metric's card, and waits until it is drawn. */
export async function drawnCard(page: Page, metric: string): Promise<Locator> {
  const card = cardOf(page, metric);
  const scrolled = () =>
    card.scrollIntoViewIfNeeded().then(
      () => true,
      () => false, // the card was replaced meanwhile, because the reader added it
    );
  await expect.poll(scrolled).toBe(true);
  await page.locator(`.card[data-metric="${metric}"][data-from-s]:visible canvas`).waitFor();
  return card;
}

/** Runs in the page: returns the first and the last row that has the colour of the line. */
const findLine = `(card) => {
  const canvas = card.querySelector('canvas');
  const over = card.querySelector('.u-over');
  if (!canvas || !over) return null;
  const dot = document.createElement('canvas').getContext('2d');
  dot.fillStyle = getComputedStyle(card).getPropertyValue('--accent').trim();
  dot.fillRect(0, 0, 1, 1);
  const colour = dot.getImageData(0, 0, 1, 1).data;
  const [outer, inner] = [canvas.getBoundingClientRect(), over.getBoundingClientRect()];
  const scale = canvas.width / outer.width;
  const [width, height] = [inner.width, inner.height].map((length) => Math.floor(length * scale));
  const { data } = canvas
    .getContext('2d')
    .getImageData((inner.left - outer.left) * scale, (inner.top - outer.top) * scale, width, height);
  const rows = [];
  for (let at = 0; at < data.length; at += 4) {
    const distance = [0, 1, 2].reduce((sum, part) => sum + Math.abs(data[at + part] - colour[part]), 0);
    if (data[at + 3] > 200 && distance < 40) rows.push(Math.floor(at / 4 / width));
  }
  return rows.length === 0 ? null : { top: Math.min(...rows) / height, bottom: Math.max(...rows) / height };
}`;

/** Reads where the line of a chart is from its pixels. Null: it has none yet. */
export function lineHeight(page: Page, metric: string): Promise<LineHeight | null> {
  const cards = `[...document.querySelectorAll('.card[data-metric="${metric}"]')]`;
  return page.evaluate<LineHeight | null>(`(${findLine})(${cards}.find((card) => card.checkVisibility()))`);
}

/** How much room is on the right of a chart's values, in pixels: a second axis is there. */
export async function roomOnTheRight(card: Locator): Promise<number> {
  const [area, all] = await Promise.all([areaOf(card), card.locator('.canvas').boundingBox()]);
  return (all?.x ?? 0) + (all?.width ?? 0) - area.x - area.width;
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
