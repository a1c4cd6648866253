import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missing, type RunningBrowser, startBrowser } from './browser.ts';
import { drawnCard, timeOf } from './chart-page.ts';
import type { MakeBelieveAgent } from './make-believe-agent.ts';
import { openPage, serve } from './open-page.ts';
import { fewScene, ordinaryScene } from './scenes.ts';
import { install, makeWorld } from './world.ts';

const nowS = () => Date.now() / 1000;

/** Sends a tick to all pages. */
function tick({ world, tell }: MakeBelieveAgent, ...files: readonly string[]): void {
  world.agent = { ...world.agent, lastTickAtS: (world.agent.lastTickAtS ?? 0) + 1 };
  tell(...files);
}

describe.skipIf(missing !== null)(
  `a page that is watched for long, in a browser${missing === null ? '' : ` (left out: no ${missing} here)`}`,
  () => {
    let running: RunningBrowser;
    let browser: Browser;
    beforeAll(async () => {
      running = await startBrowser();
      browser = running.browser;
    }, 60_000);
    afterAll(() => running.close());

    const hash = (page: Page) => page.evaluate<string>('location.hash');
    const chosenSpan = (page: Page) => page.locator('#chart-bar [aria-pressed=true]').textContent();
    const remembered = (page: Page) =>
      page.evaluate<readonly string[]>("JSON.parse(localStorage.getItem('instrument_server.charts'))");

    test('title and icon of the tab follow the agent while the tab is hidden, and draws no frame', async () => {
      const agent = await serve(fewScene(nowS()));
      const { page } = await openPage(browser, agent.url);
      expect(await page.title()).toBe('web-1 · instrument_server');
      await page.evaluate('globalThis.requestAnimationFrame = () => 0');
      install(agent.world, { file: 'open_tickets', state: 'failing', status: 1, stdout: '' });
      agent.tell('open_tickets');
      await expect.poll(() => page.title()).toBe('1 ✕ web-1 · instrument_server');
      expect(await page.locator('#icon').getAttribute('href')).toBe('/web/favicon-bad.svg');
    });

    test('Escape and Back keep the time and the charts that were chosen in the details', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const { page } = await openPage(browser, `${agent.url}#span=1d&chart=web-1.open_tickets.open`);
      await drawnCard(page, 'web-1.open_tickets.open');
      await page.getByRole('link', { name: 'redis_info.sh' }).click();
      await drawnCard(page, 'web-1.redis_info.clients');
      const detail = page.locator('#detail');
      await detail.getByRole('button', { name: 'so far' }).click();
      await detail.getByRole('button', { name: 'A second metric in the chart of clients' }).click();
      await detail.getByLabel('Draw in this chart, too').fill('nginx_status.active');
      await page.keyboard.press('Enter');
      await detail.getByRole('button', { name: 'Take nginx_status.active out' }).waitFor();
      await page.locator('#detail-title').focus();
      await page.keyboard.press('Escape');
      await page.locator('#overview').waitFor();
      expect(await chosenSpan(page)).toBe('so far');
      const kept = '#chart=web-1.open_tickets.open&second=web-1.redis_info.clients%2Fweb-1.nginx_status.active';
      expect(await hash(page)).toBe(kept);
      expect(await remembered(page)).toEqual(['web-1.open_tickets.open']);
    });

    test('Forward does not bring back a chart that was removed, and a reload shows what the address says', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const { page } = await openPage(browser, `${agent.url}#chart=web-1.open_tickets.open`);
      await page.getByRole('link', { name: 'redis_info.sh' }).click();
      await page.locator('#detail .output').waitFor();
      await page.goBack();
      await page.getByRole('button', { name: 'Remove the chart of open_tickets.open' }).click();
      await page.goForward();
      await page.locator('#detail .output').waitFor();
      await expect.poll(() => hash(page)).toBe('#plugin=redis_info.sh');
      expect(await remembered(page)).toEqual([]);
      await page.locator('#detail').getByRole('button', { name: 'day', exact: true }).click();
      await page.reload();
      await drawnCard(page, 'web-1.redis_info.clients');
      expect(await hash(page)).toBe('#plugin=redis_info.sh&span=1d');
    });

    test('after a jump to the list Escape closes the details at once', async () => {
      const { page } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url);
      await page.getByRole('link', { name: 'redis_info.sh' }).click();
      await page.locator('#detail .output').waitFor();
      await page.getByRole('link', { name: 'To the plugins' }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => hash(page)).toBe('#plugins-title');
      await page.keyboard.press('Escape');
      await page.locator('#overview').waitFor();
    });

    test('Escape in a chart closes the field for a second metric alone, then the details', async () => {
      const { page } = await openPage(browser, `${(await serve(ordinaryScene(nowS()))).url}#plugin=open_tickets`);
      const card = await drawnCard(page, 'web-1.open_tickets.open');
      const opener = card.getByRole('button', { name: 'A second metric in the chart of open' });
      for (const name of ['Draw', 'A second metric in the chart of open']) {
        await opener.click();
        await card.getByRole('button', { name, exact: true }).focus();
        await page.keyboard.press('Escape');
        expect(await card.locator('form').count()).toBe(0);
        expect(await page.locator('#detail').isVisible()).toBe(true);
      }
      await page.keyboard.press('Escape');
      await page.locator('#overview').waitFor();
    });

    test('a chart of a time that is over is drawn after a fetch that failed', async () => {
      const agent = await serve(fewScene(nowS()));
      const endS = Math.floor(nowS()) - 900;
      const { page } = await openPage(browser, agent.url, { forgiven: /404/ });
      await drawnCard(page, 'web-1.cpu.in_use');
      agent.world.historyOff = 'the disk does not answer';
      await page.evaluate(`location.hash = '#from=${endS - 900}&to=${endS}'`);
      await page.locator('.card[data-metric="web-1.cpu.in_use"]').getByText('the disk does not answer').waitFor();
      agent.world.historyOff = null;
      tick(agent);
      const card = await drawnCard(page, 'web-1.cpu.in_use');
      await expect.poll(() => timeOf(card)).toEqual([endS - 900, endS]);
    });

    test('while one watches the empty page, a row and a chart of a new plugin appear, the chart two minutes wide', async () => {
      const agent = await serve(makeWorld(nowS()));
      const { page, row } = await openPage(browser, agent.url);
      await page.getByText('No plugin yet').waitFor();
      install(agent.world, { file: 'mine.sh', stdout: 'answer 42\n' });
      const endS = Math.floor(nowS());
      const twoMinutes = Array.from({ length: 13 }, (_, at): [number, number] => [endS - 120 + 10 * at, at]);
      agent.world.samples.set('web-1.mine.answer', twoMinutes);
      tick(agent, 'mine.sh');
      await row('mine.sh').waitFor();
      const [fromS, toS] = await timeOf(await drawnCard(page, 'web-1.mine.answer'));
      expect(fromS).toBe(endS - 120);
      expect(toS).toBeLessThan(endS + 60); // more than a second if the machine is slow
    });

    test('of 300 plugins all are compared, 240 at a tick', async () => {
      const world = makeWorld(nowS());
      for (let at = 0; at < 300; at += 1) install(world, { file: `check_${1000 + at}.sh` });
      for (const [metric, points] of world.samples)
        if (metric.startsWith('web-1.check_') && !metric.startsWith('web-1.check_1299.'))
          world.samples.set(
            metric,
            points.slice(-5).map(([atS]) => [atS, 5]),
          );
      const agent = await serve(world);
      const { page } = await openPage(browser, agent.url);
      const requests = () => world.askedSparklines.filter((files) => files.length === 60);
      await expect.poll(() => requests().length).toBe(4);
      expect(await page.locator('#plugin-charts').isHidden()).toBe(true);
      tick(agent);
      await drawnCard(page, 'web-1.check_1299.value');
      expect(requests().length).toBe(5);
    });

    test('a plugin without samples that is removed and made again has a chart once it has samples', async () => {
      const agent = await serve(makeWorld(nowS()));
      const { page, row } = await openPage(browser, agent.url);
      const report = (lastReportAtS: number) => {
        const plugin = install(agent.world, { file: 'mine.sh', stdout: 'answer 42\n' });
        agent.world.plugins.set('mine.sh', { ...plugin, lastReportAtS });
        return plugin;
      };
      for (const atS of [1, 2, 3]) {
        report(atS);
        agent.world.samples.delete('web-1.mine.answer');
        const before = agent.world.askedSparklines.length;
        tick(agent, 'mine.sh');
        await expect.poll(() => agent.world.askedSparklines.length).toBeGreaterThan(before + 1); // row and charts
      }
      agent.world.plugins.delete('mine.sh');
      tick(agent, 'mine.sh');
      await row('mine.sh').waitFor({ state: 'detached' });
      report(4);
      tick(agent, 'mine.sh');
      await drawnCard(page, 'web-1.mine.answer');
    });

    test('a plugin with any number of metrics has 100 charts, and all at a press', async () => {
      const world = makeWorld(nowS());
      const names = Array.from({ length: 130 }, (_, at) => `m${1000 + at}`);
      install(world, { file: 'many.sh', stdout: names.map((name) => `${name} 1\n`).join('') });
      const { page } = await openPage(browser, `${(await serve(world)).url}#plugin=many.sh`);
      const cards = page.locator('#detail .card');
      const all = page.getByRole('button', { name: 'All 130 metrics' });
      await all.waitFor();
      expect(await cards.count()).toBe(100);
      await all.click();
      expect(await cards.count()).toBe(130);
      expect(await all.isHidden()).toBe(true);
      expect(await page.evaluate("document.activeElement.closest('.card').dataset.metric")).toBe('web-1.many.m1100');
    });
  },
);
