import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missing, type RunningBrowser, startBrowser } from './browser.ts';
import { openPage, serve } from './open-page.ts';
import { brokenScene, crowdedScene, ordinaryScene } from './scenes.ts';

const nowS = () => Date.now() / 1000;
const phone = { viewport: { width: 390, height: 780 } };
const wide = { width: 1280, height: 1000 };

const pageHeight = (page: Page) => page.evaluate<number>('document.documentElement.scrollHeight');
const focusedText = (page: Page) => page.evaluate<string>('document.activeElement.textContent');

describe.skipIf(missing !== null)(
  `the page on a phone${missing === null ? '' : ` (left out: no ${missing} here)`}`,
  () => {
    let running: RunningBrowser;
    let browser: Browser;
    beforeAll(async () => {
      running = await startBrowser();
      browser = running.browser;
    }, 60_000);
    afterAll(() => running.close());

    async function shownParts(page: Page) {
      const parts = ['#plugins', '#host-metrics', '#sinks'];
      const visible = await Promise.all(parts.map((part) => page.locator(part).isVisible()));
      return parts.filter((_, index) => visible[index]);
    }

    test('plugins, charts and sinks are tabs, by pointer and by keys, and the chosen one survives a reload', async () => {
      const { page } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url, phone);
      const tab = (name: string) => page.getByRole('tab', { name });
      expect(await page.getByRole('tablist').getByRole('tab').allTextContents()).toEqual([
        'Plugins',
        'Charts',
        'Sinks',
      ]);
      expect(await shownParts(page)).toEqual(['#plugins']);
      await page.getByRole('tabpanel', { name: 'Plugins' }).waitFor();
      await tab('Charts').click();
      expect(await shownParts(page)).toEqual(['#host-metrics']);
      await page.getByRole('tabpanel', { name: 'Charts' }).waitFor();
      await page.locator('#overview .card[data-last-at-s]').first().waitFor();
      await page.keyboard.press('ArrowRight');
      expect(await shownParts(page)).toEqual(['#sinks']);
      await page.getByRole('tabpanel', { name: 'Sinks' }).waitFor();
      expect(await tab('Sinks').getAttribute('aria-selected')).toBe('true');
      expect(await focusedText(page)).toBe('Sinks');
      await page.reload();
      await tab('Sinks').waitFor();
      expect(await shownParts(page)).toEqual(['#sinks']);
      await tab('Sinks').focus();
      const visited: string[] = [];
      for (const key of ['ArrowRight', 'ArrowLeft', 'ArrowLeft', 'Home', 'End']) {
        await page.keyboard.press(key);
        visited.push(await focusedText(page));
      }
      expect(visited).toEqual(['Plugins', 'Sinks', 'Charts', 'Plugins', 'Sinks']);
    });

    test('on a wide screen there are no tabs, and all parts are shown', async () => {
      const { page } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url, phone);
      await page.getByRole('tab', { name: 'Charts' }).click();
      await page.setViewportSize(wide);
      await expect.poll(() => page.getByRole('tablist').count()).toBe(0);
      expect(await page.getByRole('tabpanel').count()).toBe(0);
      expect(await shownParts(page)).toEqual(['#plugins', '#host-metrics', '#sinks']);
      await page.getByRole('region', { name: 'Plugins', exact: true }).waitFor();
    });

    test('with 200 plugins, and with all in trouble, the page is little longer than the screen, and its list scrolls', async () => {
      for (const world of [crowdedScene(nowS(), 200), brokenScene(nowS())]) {
        const { page, row } = await openPage(browser, (await serve(world)).url, phone);
        expect(await pageHeight(page)).toBeLessThan(2 * phone.viewport.height);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(phone.viewport.width);
        const last = row([...world.plugins.keys()].at(-1) ?? '');
        const bottom = async () => {
          await last.scrollIntoViewIfNeeded(); // rows above take their true height as they come into sight
          const box = await last.boundingBox();
          return (box?.y ?? Number.NaN) + (box?.height ?? 0);
        };
        await expect.poll(bottom).toBeLessThanOrEqual(phone.viewport.height);
        for (const name of ['Charts', 'Sinks']) {
          await page.getByRole('tab', { name }).click();
          expect(await pageHeight(page)).toBeLessThan(2 * phone.viewport.height);
        }
      }
    });

    test('a plugin is a page of its own, and its way back, Escape and Back of the browser lead to the row it came from', async () => {
      const agent = await serve(crowdedScene(nowS(), 200));
      const { page, row } = await openPage(browser, agent.url, phone);
      const back: readonly (() => Promise<unknown>)[] = [
        () => page.getByRole('button', { name: 'Overview' }).click(),
        () => page.goBack(),
        () => page.keyboard.press('Escape'),
      ];
      for (const goBack of back) {
        await row('check_0150.sh').locator('a').click();
        await page.locator('#detail-title').getByText('check_0150.sh').waitFor();
        expect(await focusedText(page)).toBe('check_0150.sh');
        expect(await page.locator('#plugins, #tabs, .answers').filter({ visible: true }).count()).toBe(0);
        expect(await pageHeight(page)).toBeLessThan(2 * phone.viewport.height);
        await goBack();
        await row('check_0150.sh').waitFor();
        expect(await focusedText(page)).toBe('check_0150.sh');
        expect(await page.evaluate('document.activeElement.className')).toBe('name');
        await expect.poll(async () => (await row('check_0150.sh').boundingBox())?.y).toBeLessThan(780);
      }
      const entries = await page.evaluate('history.length');
      await row('check_0150.sh').locator('a').click();
      await page.getByRole('button', { name: 'Overview' }).click();
      await row('check_0150.sh').waitFor();
      expect(await page.evaluate('history.length')).toBe(entries); // Back is a step back, not a new page
    });

    test('of a plugin that was opened by its address, the way back leads to its row', async () => {
      const { url } = await serve(ordinaryScene(nowS()));
      const { page, row } = await openPage(browser, `${url}#plugin=redis_info.sh`, phone);
      await page.getByRole('button', { name: 'Overview' }).click();
      await row('redis_info.sh').waitFor();
      expect(await focusedText(page)).toBe('redis_info.sh');
    });

    test('printed, and in a picture of the whole page, all parts and all rows are there and nothing scrolls', async () => {
      const { page } = await openPage(browser, (await serve(crowdedScene(nowS(), 200))).url, phone);
      for (const size of [phone.viewport, wide]) {
        await page.emulateMedia({ media: 'screen' });
        await page.setViewportSize(size);
        await page.emulateMedia({ media: 'print' });
        expect(await shownParts(page)).toEqual(['#plugins', '#host-metrics', '#sinks']);
        const scrolling = `[...document.querySelectorAll('main *')]
          .filter((each) => /auto|scroll/.test(getComputedStyle(each).overflowY)).map((each) => each.id || each.className)`;
        expect(await page.evaluate(scrolling)).toEqual([]);
        const height = await pageHeight(page);
        const bottoms = await page
          .locator('.row')
          .evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().bottom));
        expect(bottoms).toHaveLength(200);
        expect(new Set(bottoms).size).toBe(200); // none lies on another
        expect(Math.max(...bottoms)).toBeLessThan(height);
        expect(await page.getByRole('tab').count()).toBe(0);
        await page.locator('#host-metrics .card[data-last-value] canvas').last().waitFor();
      }
    });

    test('axe-core finds nothing in any tab, light, dark and with forced colours', async () => {
      const { page, row, violations, darkViolations } = await openPage(
        browser,
        (await serve(ordinaryScene(nowS()))).url,
        phone,
      );
      for (const name of ['Sinks', 'Charts', 'Plugins']) {
        await page.getByRole('tab', { name }).click();
        expect([name, await violations(), await darkViolations()]).toEqual([name, [], []]);
        await page.emulateMedia({ forcedColors: 'active' });
        expect([name, await violations()]).toEqual([name, []]);
        await page.emulateMedia({ forcedColors: 'none' });
      }
      await row('room_climate.sh').locator('a').click();
      await page.locator('#detail .output').waitFor();
      expect([await violations(), await darkViolations()]).toEqual([[], []]);
    });

    test('text of twice the size fits, and axe-core finds nothing there', async () => {
      const { page, violations } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url, phone);
      await page.evaluate('document.documentElement.style.fontSize = "200%"');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(phone.viewport.width);
      expect(await violations()).toEqual([]);
    });
  },
);
