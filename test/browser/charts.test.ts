import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pluginFile } from '../../src/model/plugin.ts';
import { missing, type RunningBrowser, startBrowser } from './browser.ts';
import { areaOf, cardOf, dragOver, drawnCard, lineHeight, pointAt, roomOnTheRight, timeOf } from './chart-page.ts';
import type { MakeBelieveAgent, World } from './make-believe-agent.ts';
import { openPage, serve, violationsOf } from './open-page.ts';
import { ordinaryScene } from './scenes.ts';
import { install, makeWorld } from './world.ts';

const nowS = () => Date.now() / 1000;

/** Puts samples into a world, one each 10 s up to now; `valueAt` gets their index from the end. */
function sampled(world: World, metric: string, count: number, valueAt: (back: number) => number): void {
  const endS = Math.floor(nowS());
  const points = Array.from({ length: count }, (_, index): [number, number] => {
    const back = count - 1 - index;
    return [endS - 10 * back, valueAt(back)];
  });
  world.samples.set(metric, points);
}

/** Sends a tick to all pages. */
function tick(agent: MakeBelieveAgent, ...files: readonly string[]): void {
  agent.world.agent = { ...agent.world.agent, lastTickAtS: (agent.world.agent.lastTickAtS ?? 0) + 1 };
  agent.tell(...files);
}

describe.skipIf(missing !== null)(
  `the charts in a browser${missing === null ? '' : ` (left out: no ${missing} here)`}`,
  () => {
    let running: RunningBrowser;
    let browser: Browser;
    beforeAll(async () => {
      running = await startBrowser();
      browser = running.browser;
    }, 60_000);
    afterAll(() => running.close());

    /** A host with a plugin that reports these metrics, for 10 minutes. */
    function worldWith(lines: Readonly<Record<string, (back: number) => number>>): World {
      const world = makeWorld(nowS());
      const stdout = Object.entries(lines).map(([name, valueAt]) => `${name} ${valueAt(0)}\n`);
      install(world, { file: 'mine.sh', stdout: stdout.join('') });
      for (const [name, valueAt] of Object.entries(lines)) sampled(world, `web-1.mine.${name}`, 61, valueAt);
      return world;
    }

    const metrics = (page: Page, place: string) =>
      page
        .locator(`${place} .card`)
        .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-metric')?.replace('web-1.', '')));

    test('percentages are drawn from 0 to 100, a line that hardly varies is flat, one that varies is not', async () => {
      const world = worldWith({
        used_percent: (back) => 41 + (back % 2) / 10,
        above_percent: (back) => 150 + (back % 2),
        nearly_flat: (back) => 1_000_000 + (back % 2),
        wave: (back) => 5 + (back % 2),
      });
      const { page } = await openPage(browser, `${(await serve(world)).url}#plugin=mine.sh`, { forgiven: /Canvas2D/ });
      const heights = async (name: string) => {
        const metric = `web-1.mine.${name}`;
        await drawnCard(page, metric);
        await expect.poll(() => lineHeight(page, metric)).not.toBeNull();
        return (await lineHeight(page, metric)) ?? { top: Number.NaN, bottom: Number.NaN };
      };
      const used = await heights('used_percent');
      expect((used.top + used.bottom) / 2).toBeCloseTo(1 - 0.41, 1);
      expect(used.bottom - used.top).toBeLessThan(0.06);
      expect((await heights('above_percent')).top).toBeLessThan(0.2);
      const flat = await heights('nearly_flat');
      expect(flat.bottom - flat.top).toBeLessThan(0.04);
      expect((flat.top + flat.bottom) / 2).toBeCloseTo(0.5, 1);
      const wave = await heights('wave');
      expect(wave.bottom - wave.top).toBeGreaterThan(0.5);
    });

    test('values have the unit of their format, or of their name, as a person reads them', async () => {
      const world = worldWith({
        used_memory_mb: (back) => (back === 0 ? 1331.2 : 900),
        read_ms: () => 41,
        used_percent: () => 12,
        backup_age_seconds: () => 192,
        root: () => 28_345_106_432,
        orders: () => 182_404,
      });
      world.units.set('web-1.mine.root', 'B');
      const { page } = await openPage(browser, `${(await serve(world)).url}#plugin=mine.sh`);
      const texts: Record<string, readonly (string | null)[]> = {};
      for (const name of ['used_memory_mb', 'read_ms', 'used_percent', 'backup_age_seconds', 'root', 'orders']) {
        const card = await drawnCard(page, `web-1.mine.${name}`);
        texts[name] = [await card.locator('.value').textContent(), await card.locator('figcaption').textContent()];
        await card.scrollIntoViewIfNeeded();
      }
      expect(texts).toEqual({
        used_memory_mb: ['1.3 GiB', '900 MiB to 1.3 GiB'],
        read_ms: ['41 ms', '41 ms to 41 ms'],
        used_percent: ['12 %', '12 % to 12 %'],
        backup_age_seconds: ['3m 12s', '3m 12s to 3m 12s'],
        root: ['26.4 GiB', '26.4 GiB to 26.4 GiB'],
        orders: ['182,404', '182,404 to 182,404'],
      });
    });

    test('the nearest point is read out only if it is near, and no card changes its height under the pointer', async () => {
      const world = worldWith({ latency_ms: (back) => back });
      const points = world.samples.get('web-1.mine.latency_ms') ?? [];
      world.samples.set(
        'web-1.mine.latency_ms',
        points.filter((_, index) => index < 15 || index > 45), // nothing in the middle
      );
      const { page } = await openPage(browser, `${(await serve(world)).url}#plugin=mine.sh`);
      const card = await drawnCard(page, 'web-1.mine.latency_ms');
      const height = async () => (await card.boundingBox())?.height;
      const value = () => card.locator('.value').textContent();
      const before = await height();
      expect(await value()).toBe('0 ms');
      await pointAt(page, card, 0.1);
      await expect.poll(value).toMatch(/^5[3-6] ms$/);
      expect(await card.locator('.time').textContent()).toMatch(/^\d\d:\d\d:\d\d$/);
      expect(await height()).toBe(before);
      await pointAt(page, card, 0.5);
      await expect.poll(value).toBe('–');
      expect(await height()).toBe(before);
      await page.mouse.move(2, 2);
      await expect.poll(value).toBe('0 ms');
    });

    test('the pointer shows its time in all charts', async () => {
      const world = worldWith({ a: (back) => back, b: (back) => 100 + back });
      const { page } = await openPage(browser, `${(await serve(world)).url}#plugin=mine.sh`);
      const [a, b] = [await drawnCard(page, 'web-1.mine.a'), await drawnCard(page, 'web-1.mine.b')];
      await b.scrollIntoViewIfNeeded();
      await pointAt(page, a, 0.5);
      await expect.poll(() => a.locator('.value').textContent()).toMatch(/^(29|30|31)$/);
      const back = Number(await a.locator('.value').textContent());
      await expect.poll(() => b.locator('.value').textContent()).toBe(String(100 + back));
      expect(await b.locator('.time').textContent()).toBe(await a.locator('.time').textContent());
      const line = await b.locator('.u-cursor-x').boundingBox();
      const area = await areaOf(b);
      expect(((line?.x ?? 0) - area.x) / area.width).toBeCloseTo(0.5, 1);
      await page.mouse.move(2, 2);
      await expect.poll(() => b.locator('.value').textContent()).toBe('100');
    });

    test('dragging zooms all charts, with their marks where they belong; a double click leads back', async () => {
      const world = worldWith({ a: (back) => back, b: (back) => 100 + back });
      const endS = Math.floor(nowS());
      const mark = { durationS: 0, plugin: pluginFile('mine.sh'), text: 'x' } as const;
      world.marks = [
        { ...mark, atS: endS - 500, kind: 'changed' },
        { ...mark, atS: endS - 300, kind: 'failing' },
        { ...mark, atS: endS - 20, kind: 'started' },
      ];
      const { page } = await openPage(browser, `${(await serve(world)).url}#plugin=mine.sh`);
      const [a, b] = [await drawnCard(page, 'web-1.mine.a'), await drawnCard(page, 'web-1.mine.b')];
      await a.locator('.chart-mark').nth(2).waitFor({ state: 'attached' });
      const wholeS = await timeOf(a);
      await dragOver(page, a, 0.25, 0.75);
      await expect.poll(async () => (await timeOf(a))[1]).toBeLessThan(wholeS[1] - 100);
      const [fromS, toS] = await timeOf(a);
      expect(Math.abs(fromS - (wholeS[0] + 150))).toBeLessThan(15);
      expect(Math.abs(toS - fromS - 300)).toBeLessThan(15);
      await expect.poll(() => timeOf(b)).toEqual([fromS, toS]);
      expect(await a.locator('.chart-mark').evaluateAll((marks) => marks.map((each) => each.dataset['kind']))).toEqual([
        'failing',
      ]);
      const area = await areaOf(a);
      const line = await a.locator('.chart-mark').boundingBox();
      const share = ((line?.x ?? 0) + 3 - area.x) / area.width;
      expect(share).toBeCloseTo((endS - 300 - fromS) / (toS - fromS), 1);
      expect(await page.locator('#detail .shown-time').textContent()).toMatch(/^\d\d:\d\d:\d\d to \d\d:\d\d:\d\d$/);
      await pointAt(page, b, 0.5);
      await page.mouse.dblclick(area.x + area.width / 2, area.y + area.height / 2);
      await expect.poll(async () => (await timeOf(a))[1]).toBeGreaterThanOrEqual(wholeS[1]);
      await expect.poll(() => a.locator('.chart-mark').count()).toBe(3);
    });

    test('a mark of another day has its date, also in a chart that is zoomed to that day', async () => {
      const world = worldWith({ a: (back) => back });
      const atS = Math.floor(nowS()) - 3 * 86_400;
      world.marks = [{ atS, durationS: 0, plugin: null, kind: 'started', text: 'the agent was started' }];
      const link = `#plugin=mine.sh&from=${atS - 60}&to=${atS + 60}`;
      const { page } = await openPage(browser, `${(await serve(world)).url}${link}`);
      const card = await drawnCard(page, 'web-1.mine.a');
      await card.locator('.chart-mark').waitFor({ state: 'attached' });
      expect(await card.locator('.chart-mark').getAttribute('title')).toMatch(
        /^\d+ \w+ \d\d:\d\d:\d\d the agent was started$/,
      );
      expect(await card.locator('figcaption').textContent()).toMatch(/^no samples from \d+ \w+ \d\d:\d\d:\d\d to /);
    });

    test('with the keyboard a reader zooms in and out, moves, and comes back, and keeps the focus', async () => {
      const { page } = await openPage(browser, (await serve(worldWith({ a: (back) => back }))).url);
      const card = await drawnCard(page, 'web-1.cpu.in_use');
      const width = async () => {
        const [fromS, toS] = await timeOf(card);
        return toS - fromS;
      };
      const press = async (name: string) => {
        await page.getByRole('button', { name, exact: true }).focus();
        await page.keyboard.press('Enter');
      };
      const endS = (await timeOf(card))[1];
      const wholeS = await width();
      await press('Zoom in');
      await expect.poll(async () => Math.abs((await width()) - wholeS / 2)).toBeLessThan(5);
      await press('Zoom in');
      await expect.poll(async () => Math.abs((await width()) - wholeS / 4)).toBeLessThan(5);
      expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Zoom in');
      await press('Earlier');
      await expect.poll(async () => endS - (await timeOf(card))[1]).toBeGreaterThan(440);
      await press('Later');
      await expect.poll(async () => endS - (await timeOf(card))[1]).toBeLessThan(10);
      await press('Zoom out');
      await expect.poll(async () => Math.abs((await width()) - wholeS / 2)).toBeLessThan(5);
      await press('Back');
      await expect.poll(width).toBeGreaterThanOrEqual(wholeS);
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Back');
      expect(await page.evaluate('location.hash')).toBe('');
    });

    test('times can be written in full, which the browser remembers', async () => {
      const { page } = await openPage(browser, (await serve(worldWith({ a: (back) => back }))).url);
      const full = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d$/;
      const time = page.locator('.card[data-metric="web-1.mine.a"]:visible .time');
      await drawnCard(page, 'web-1.mine.a');
      expect(await time.textContent()).toMatch(/^\d\d:\d\d:\d\d$/);
      await page.getByRole('button', { name: 'Full times' }).click();
      await expect.poll(() => time.textContent()).toMatch(full);
      await page.reload();
      await drawnCard(page, 'web-1.mine.a');
      expect(await time.textContent()).toMatch(full);
      expect(await page.getByRole('button', { name: 'Full times' }).getAttribute('aria-pressed')).toBe('true');
    });

    test('a second metric is drawn in a chart, with an axis of its own if it measures something else', async () => {
      const world = worldWith({ used_mb: (back) => 500 + back, free_bytes: () => 1e9, read_ms: (back) => 5 + back });
      const { page, violations } = await openPage(browser, (await serve(world)).url);
      const card = await drawnCard(page, 'web-1.mine.used_mb');
      const height = (await card.boundingBox())?.height;
      expect(await roomOnTheRight(card)).toBeLessThan(20);
      const choose = async (name: string) => {
        await card.getByRole('button', { name: 'A second metric in the chart of mine.used_mb' }).click();
        await card.getByLabel('Draw in this chart, too').fill(name);
        expect((await card.boundingBox())?.height).toBe(height);
        await page.keyboard.press('Enter');
      };
      await choose('mine.nothing');
      await card.getByText('there is no metric of this name').waitFor();
      await page.keyboard.press('Escape');
      expect(await card.locator('form').count()).toBe(0);
      await choose('mine.read_ms');
      await expect.poll(() => card.locator('.value').allTextContents()).toEqual(['500 MiB', '5 ms']);
      expect(await roomOnTheRight(card)).toBeGreaterThan(40); // the second axis
      expect(await card.locator('.metric').allTextContents()).toEqual(['mine.used_mb', 'mine.read_ms']);
      expect(await card.getByRole('img').getAttribute('aria-label')).toMatch(/; mine\.read_ms: 61 points .*5 ms at /);
      expect(await violations()).toEqual([]);
      await page.reload();
      await drawnCard(page, 'web-1.mine.used_mb');
      await expect.poll(() => card.locator('.value').allTextContents()).toEqual(['500 MiB', '5 ms']);
      await card.getByRole('button', { name: 'Take mine.read_ms out of the chart of mine.used_mb' }).click();
      await expect.poll(() => card.locator('.value').allTextContents()).toEqual(['500 MiB']);
      await expect.poll(() => roomOnTheRight(card)).toBeLessThan(20);
      expect(await page.evaluate('document.activeElement.textContent')).toBe('+');
      await choose('mine.free_bytes');
      await expect.poll(() => card.locator('.value').allTextContents()).toEqual(['500 MiB', '954 MiB']);
      expect(await roomOnTheRight(card)).toBeLessThan(20);
    });

    test("the page's address carries the view: plugin, time, charts; a link to a plugin alone still works", async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const { page } = await openPage(browser, agent.url);
      await drawnCard(page, 'web-1.cpu.in_use');
      await page.getByRole('button', { name: 'day', exact: true }).click();
      await expect.poll(() => page.evaluate('location.hash')).toBe('#span=1d');
      await page.getByLabel('Add a chart of').fill('open_tickets.open');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Remove the chart of open_tickets.open' }).waitFor();
      await drawnCard(page, 'web-1.open_tickets.open');
      await page.getByRole('link', { name: 'redis_info.sh' }).click();
      await drawnCard(page, 'web-1.redis_info.clients');
      await page.locator('#detail').getByRole('button', { name: 'Zoom in' }).click();
      const card = cardOf(page, 'web-1.redis_info.clients');
      await expect.poll(async () => (await timeOf(card))[1] - (await timeOf(card))[0]).toBe(43_200);
      const shown = await timeOf(card);
      const other = await openPage(browser, page.url());
      const same = await drawnCard(other.page, 'web-1.redis_info.clients');
      expect(await timeOf(same)).toEqual(shown);
      await other.page.keyboard.press('Escape');
      const added = await drawnCard(other.page, 'web-1.open_tickets.open');
      expect(await timeOf(added)).toEqual(shown);
      await other.page.getByRole('button', { name: 'Back', exact: true }).click();
      await expect.poll(async () => (await timeOf(added))[1] - (await timeOf(added))[0]).toBe(86_400);
      const old = await openPage(browser, `${agent.url}#plugin=redis_info.sh`);
      await drawnCard(old.page, 'web-1.redis_info.clients');
      expect(await old.page.locator('#detail-title').textContent()).toBe('redis_info.sh');
    });

    test('the charts begin with the plugins that changed most, then those that the reader added, then the host', async () => {
      const world = ordinaryScene(nowS());
      for (const [metric, points] of world.samples) {
        const steady = /redis|nginx/.test(metric) ? points : points.map(([at]) => [at, 5] as [number, number]);
        if (!metric.startsWith('web-1.cpu')) world.samples.set(metric, steady);
      }
      const agent = await serve(world);
      const { page } = await openPage(browser, agent.url);
      await drawnCard(page, 'web-1.redis_info.clients');
      const first = await metrics(page, '#plugin-charts');
      expect(first).toHaveLength(4);
      expect(first.slice(0, 2).toSorted()).toEqual(['nginx_status.active', 'redis_info.clients']);
      expect(await metrics(page, '#overview')).toEqual([
        ...first,
        'cpu.in_use',
        'memory.available_percent',
        'load.1min',
        'disk.root.available_percent',
      ]);
      for (const [metric, points] of world.samples) // another one changes more now
        if (metric.startsWith('web-1.tls')) world.samples.set(metric, [...points, [Math.floor(nowS()), 900]]);
      await page.getByLabel('Add a chart of').fill('open_tickets.open');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Remove the chart of open_tickets.open' }).waitFor();
      await drawnCard(page, 'web-1.open_tickets.open');
      const others = first.filter((metric) => metric !== 'open_tickets.open');
      for (let count = 0; count < 3; count += 1) tick(agent, 'tls_expiry.sh', 'redis_info.sh');
      install(world, { file: 'zz.sh', stdout: 'new 1\n' });
      tick(agent, 'zz.sh');
      await page.getByRole('link', { name: 'zz.sh' }).waitFor();
      const shown = await metrics(page, '#plugin-charts');
      expect(shown.slice(0, others.length)).toEqual(others);
      expect(shown.at(-1)).toBe('open_tickets.open');
      world.plugins.delete('redis_info.sh');
      tick(agent, 'redis_info.sh');
      await expect.poll(() => metrics(page, '#plugin-charts')).not.toContain('redis_info.clients');
      await expect.poll(async () => (await metrics(page, '#plugin-charts')).length).toBe(5);
    });

    test("without plugins the host's charts come first; a plugin that appears has a chart as soon as it reports", async () => {
      const agent = await serve(makeWorld(nowS()));
      const { page } = await openPage(browser, agent.url);
      await drawnCard(page, 'web-1.cpu.in_use');
      expect((await metrics(page, '#overview'))[0]).toBe('cpu.in_use');
      expect(await page.locator('#plugin-charts').isHidden()).toBe(true);
      install(agent.world, { file: 'mine.sh', stdout: 'answer 42\n' });
      agent.tell('mine.sh');
      await drawnCard(page, 'web-1.mine.answer');
      expect((await metrics(page, '#overview'))[0]).toBe('mine.answer');
    });

    test('a chart of a plugin follows as soon as the plugin reports, before the next tick', async () => {
      const world = worldWith({ answer: () => 42 });
      const agent = await serve(world);
      const { page } = await openPage(browser, agent.url);
      await drawnCard(page, 'web-1.mine.answer');
      const points = world.samples.get('web-1.mine.answer') ?? [];
      const plugin = world.plugins.get('mine.sh');
      if (!plugin) throw new Error('no plugin');
      world.samples.set('web-1.mine.answer', [...points, [Math.floor(nowS()), 43]]);
      world.plugins.set('mine.sh', { ...plugin, lastReportAtS: (plugin.lastReportAtS ?? 0) + 30 });
      agent.tell('mine.sh');
      await page.locator('.card[data-metric="web-1.mine.answer"][data-last-value="43"]').waitFor();
    });

    test('a removed chart leaves the keyboard focus where Tab continues', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const { page } = await openPage(browser, `${agent.url}#chart=web-1.open_tickets.open`);
      await drawnCard(page, 'web-1.open_tickets.open');
      await page.getByRole('button', { name: 'Remove the chart of open_tickets.open' }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('plugin-charts-title');
      await page.getByRole('button', { name: 'Remove the chart of open_tickets.open' }).waitFor({ state: 'detached' });
    });

    test('axe finds nothing in light, dark and forced colours and with text of twice the size, which fits', async () => {
      const world = worldWith({ used_mb: (back) => 500 + back, read_ms: (back) => 5 + back });
      const link = '#second=web-1.mine.used_mb/web-1.mine.read_ms';
      const { page, violations, darkViolations } = await openPage(browser, `${(await serve(world)).url}${link}`);
      const card = await drawnCard(page, 'web-1.mine.used_mb');
      await expect.poll(() => card.locator('.value').count()).toBe(2);
      await card.getByRole('button', { name: 'Take mine.read_ms out' }).waitFor();
      expect([await violations(), await darkViolations()]).toEqual([[], []]);
      await page.emulateMedia({ forcedColors: 'active' });
      expect(await violationsOf(page)).toEqual([]);
      await page.emulateMedia({ forcedColors: null });
      await page.evaluate("document.documentElement.style.fontSize = '26px'");
      await expect.poll(async () => (await areaOf(card)).height).toBeGreaterThan(160);
      expect(await violationsOf(page)).toEqual([]);
      await page.setViewportSize({ width: 640, height: 900 });
      const overflows = await page
        .locator('#overview .card')
        .evaluateAll((cards) => cards.some(({ clientWidth, scrollWidth }) => scrollWidth > clientWidth));
      expect(overflows).toBe(false);
    });

    test('with reduced motion nothing moves by itself: no animation and no transition runs after a zoom and a tick', async () => {
      const agent = await serve(worldWith({ a: (back) => back }));
      const { page } = await openPage(browser, agent.url, { reducedMotion: 'reduce' });
      const card = await drawnCard(page, 'web-1.mine.a');
      await pointAt(page, card, 0.5);
      await page.getByRole('button', { name: 'Zoom in' }).click();
      tick(agent, 'mine.sh');
      await page.locator('.shown-time', { hasText: ' to ' }).first().waitFor();
      expect(await page.evaluate('document.getAnimations().length')).toBe(0);
      const moving = await page.evaluate<number>(`[...document.querySelectorAll('#overview *')].filter((each) => {
          const { transitionDuration, animationName } = getComputedStyle(each);
          return transitionDuration !== '0s' || animationName !== 'none';
        }).length`);
      expect(moving).toBe(0);
    });
  },
);
