import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PluginDetail } from '../../src/model/status.ts';
import { missing, type RunningBrowser, startBrowser } from './browser.ts';
import type { World } from './make-believe-agent.ts';
import { openPage, serve } from './open-page.ts';
import { ordinaryScene } from './scenes.ts';
import { install, makeWorld } from './world.ts';

const nowS = () => Date.now() / 1000;
const mib = 1024 ** 2;

describe.skipIf(missing !== null)(
  `the details of a plugin in a browser${missing === null ? '' : ` (left out: no ${missing} here)`}`,
  () => {
    let running: RunningBrowser;
    let browser: Browser;
    beforeAll(async () => {
      running = await startBrowser();
      browser = running.browser;
    }, 60_000);
    afterAll(() => running.close());

    /** A plugin with 20 runs of 10 to 200 ms. The last one failed. */
    function withRuns(world: World, change: Partial<PluginDetail> = {}): PluginDetail {
      const plugin = install(world, { file: 'mine.sh' });
      const endedAtS = world.agent.lastTickAtS ?? 0;
      const recentRuns = Array.from({ length: 20 }, (_, index) => ({
        endedAtS: endedAtS - (19 - index) * 30,
        durationMs: (index + 1) * 10,
        status: index === 19 ? 1 : 0,
        samples: index === 19 ? 0 : 5,
        cpuS: (index + 1) / 1000,
        peakMemoryBytes: 9 * mib,
      }));
      const made = { ...plugin, recentRuns, ...change };
      world.plugins.set('mine.sh', made);
      return made;
    }

    test('the bars of the last runs have a scale and times, and the run under the pointer is read out', async () => {
      const world = makeWorld(nowS());
      withRuns(world);
      const agent = await serve(world);
      const { page } = await openPage(browser, `${agent.url}#plugin=mine.sh`);
      const readOut = page.locator('#detail .run-read-out');
      const time = String.raw`(\d+ \w+ )?\d\d:\d\d:\d\d`;
      const said = (text: string) => new RegExp(`^${text.replace('TIME', time)}$`);
      await expect
        .poll(() => readOut.textContent())
        .toMatch(said('exit 1 · 200 ms · TIME · 20 ms of CPU · 9.0 MiB of memory'));
      const charts = page.locator('#detail').getByRole('img');
      expect(await charts.evaluateAll((all) => all.map((each) => each.getAttribute('aria-label')))).toEqual(
        expect.arrayContaining([
          'took, 20 runs: 10 ms to 200 ms, the last 200 ms; 1 failed',
          'CPU, 20 runs: 1 ms to 20 ms, the last 20 ms; 1 failed',
          'memory, 20 runs: 9.0 MiB to 9.0 MiB, the last 9.0 MiB; 1 failed',
        ]),
      );
      expect(await page.locator('#detail .run-scale').allTextContents()).toEqual(['200 ms0', '20 ms0', '9.0 MiB0']);
      expect(await page.locator('#detail .run-times span').allTextContents()).toEqual([
        expect.stringMatching(new RegExp(`^${time}$`)),
        expect.stringMatching(new RegExp(`^${time}$`)),
      ]);
      const took = page.locator('#detail .run-bars').first();
      expect(await took.locator('.failed').count()).toBe(1);
      const [first, last] = await Promise.all([0, 19].map((index) => took.locator('rect').nth(index).boundingBox()));
      expect((first?.height ?? 0) / (last?.height ?? 1)).toBeCloseTo(10 / 200, 1);
      await took.locator('rect').nth(4).hover({ force: true });
      await expect
        .poll(() => readOut.textContent())
        .toMatch(said('exit 0 · 50 ms · TIME · 5 ms of CPU · 9.0 MiB of memory'));
      expect(await page.locator('#detail .pointed').count()).toBe(3);
    });

    test('while the pointer rests on a run, newer runs do not change what is read out', async () => {
      const world = makeWorld(nowS());
      const { recentRuns } = withRuns(world);
      const agent = await serve(world);
      const { page } = await openPage(browser, `${agent.url}#plugin=mine.sh`);
      const bars = page.locator('#detail .run-bars').first().locator('rect');
      await bars.nth(10).hover({ force: true });
      const readOut = page.locator('#detail .run-read-out');
      await expect.poll(() => readOut.textContent()).toContain('110 ms');
      const before = await readOut.textContent();
      const newer = {
        endedAtS: Math.floor(nowS()),
        durationMs: 7,
        status: 0,
        samples: 5,
        cpuS: null,
        peakMemoryBytes: null,
      };
      withRuns(world, { runs: 9131, recentRuns: [...recentRuns, newer] });
      agent.tell('mine.sh');
      await expect.poll(() => bars.count()).toBe(21);
      expect(await readOut.textContent()).toBe(before);
      await page.locator('#detail-title').hover();
      await expect.poll(() => readOut.textContent()).toMatch(/^exit 0 · 7 ms · [^·]+$/);
    });

    test('what is known of no run is left out, and without a run it says so', async () => {
      const world = makeWorld(nowS());
      const { recentRuns } = withRuns(world);
      withRuns(world, { recentRuns: recentRuns.map((run) => ({ ...run, cpuS: null, peakMemoryBytes: null })) });
      install(world, { file: 'new.sh', state: 'pending', hasRun: false });
      const agent = await serve(world);
      const { page } = await openPage(browser, `${agent.url}#plugin=mine.sh`);
      await page.locator('#detail .run-bars rect').first().waitFor();
      expect(await page.locator('#detail .run-strip').filter({ visible: true }).count()).toBe(1);
      await page.getByRole('link', { name: 'new.sh' }).click();
      await page.locator('#detail').getByText('None ended since the agent started.').waitFor();
      expect(await page.locator('#detail .run-strip').filter({ visible: true }).count()).toBe(0);
      expect(await page.locator('#detail').getByText('Last endings').isVisible()).toBe(false);
    });

    test('the last ten endings are said in words with their times, the latest first', async () => {
      const world = makeWorld(nowS());
      withRuns(world);
      const agent = await serve(world);
      const { page } = await openPage(browser, `${agent.url}#plugin=mine.sh`);
      const items = page.locator('#detail .endings li');
      await items.first().waitFor();
      const texts = await items.allTextContents();
      expect(texts).toHaveLength(10);
      expect(texts[0]).toMatch(/\d\d:\d\d:\d\dfailed: exit 1200 ms, 20 ms of CPU, 9.0 MiB of memory$/);
      expect(texts[1]).toMatch(/\d\d:\d\d:\d\dreported 5 samples190 ms, 19 ms of CPU, 9.0 MiB of memory$/);
      expect(await items.locator('.bad').count()).toBe(1);
    });

    test('each setting is shown with where it comes from, as text', async () => {
      const world = makeWorld(nowS());
      const evil = '<img src=x onerror=alert(1)>\u202e';
      withRuns(world, {
        settings: [
          { key: 'interval', value: '30s', source: '/etc/instrument_server.ini:12' },
          { key: 'format', value: evil, source: null },
        ],
      });
      const agent = await serve(world);
      const { page } = await openPage(browser, `${agent.url}#plugin=mine.sh`);
      const rows = page.locator('#detail .settings tbody tr');
      await rows.first().waitFor();
      const cells = await rows.evaluateAll((all) =>
        all.map((row) => [...row.children].map((cell) => cell.textContent)),
      );
      expect(cells).toEqual([
        ['interval', '30s', '/etc/instrument_server.ini:12'],
        ['format', '<img src=x onerror=alert(1)>\\u{202e}', 'default'],
      ]);
      expect(await page.locator('#detail img').count()).toBe(0);
    });

    test('axe-core finds nothing in the details, light, dark, with forced colours and zoomed to 200 %', async () => {
      const { url } = await serve(ordinaryScene(nowS()));
      const { page, violations, darkViolations } = await openPage(browser, `${url}#plugin=ldap_check.py`);
      await page.locator('#detail .run-bars rect').first().waitFor();
      expect([await violations(), await darkViolations()]).toEqual([[], []]);
      await page.emulateMedia({ forcedColors: 'active' });
      expect(await violations()).toEqual([]);
      await page.emulateMedia({ forcedColors: 'none' });
      await page.setViewportSize({ width: 640, height: 500 }); // what 200 % leaves of 1280 × 1000
      expect([await violations(), await darkViolations()]).toEqual([[], []]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(640);
    });
  },
);
