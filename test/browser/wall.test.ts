import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { missing, type RunningBrowser, startBrowser } from './browser.ts';
import { serve, violationsOf } from './open-page.ts';
import { brokenScene, crowdedScene, ordinaryScene } from './scenes.ts';
import { install } from './world.ts';

const nowS = () => Date.now() / 1000;

describe.skipIf(missing !== null)(
  `the page of a wall screen${missing === null ? '' : ` (left out: no ${missing} here)`}`,
  () => {
    let running: RunningBrowser;
    let browser: Browser;
    beforeAll(async () => {
      running = await startBrowser();
      browser = running.browser;
    }, 60_000);
    afterAll(() => running.close());

    /**
     * Opens an address of the wall. When the test is over it fails if the page logged an error that
     * `forgiven` does not match.
     */
    async function openWall(url: string, forgiven?: RegExp) {
      const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' && !forgiven?.test(message.text())) errors.push(message.text());
      });
      page.on('pageerror', (error) => errors.push(String(error)));
      onTestFinished(async () => {
        await context.close();
        expect(errors).toEqual([]);
      });
      await page.goto(url);
      await page.locator('#connection[data-state=live]').waitFor();
      const tile = (file: string) =>
        page.locator('.tile', { has: page.locator(`.name:text-is(${JSON.stringify(file)})`) });
      return { page, tile };
    }

    test('each plugin has a tile with its state, its strip and its line, those with trouble first, and follows the agent', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const { page, tile } = await openWall(`${agent.url}wall`);
      expect(await page.locator('#reporting').textContent()).toBe('9 of 14 plugins report');
      expect((await page.locator('.tile .name').allTextContents()).slice(0, 4)).toEqual([
        'backup_age.sh',
        'nfs_latency.sh',
        'ldap_check.py',
        'room_climate.sh',
      ]);
      expect(await page.title()).toBe('4 ✕ web-1 · instrument_server');
      expect(await page.locator('#sinks').textContent()).toBe('instrumental connected: nothing waits');
      await tile('redis_info.sh').locator('.said-value', { hasText: 'clients: 44' }).waitFor();
      expect(await tile('redis_info.sh').locator('.beats title').textContent()).toMatch(/^last 60 ticks: 60 reported/);
      install(agent.world, { file: 'redis_info.sh', state: 'failing', status: 1, stdout: '' });
      agent.world.plugins.delete('open_tickets');
      agent.tell('redis_info.sh', 'open_tickets');
      await tile('redis_info.sh').getByText('failing').waitFor();
      expect(await tile('open_tickets').count()).toBe(0);
    });

    test('troubles of the agent are named, and neither explained nor shown with paths and commands', async () => {
      const { page } = await openWall(`${(await serve(brokenScene(nowS()))).url}wall`);
      expect(await page.locator('#banners strong').allTextContents()).toEqual([
        "Samples can't be stored and are held in memory.",
        'The configuration on disk is not in force because it has problems.',
      ]);
      const text = (await page.locator('body').textContent()) ?? '';
      for (const hidden of ['/etc/', '/var/lib', 'no route to host', 'chmod', 'kill', 'ENOSPC', 'example.com'])
        expect([hidden, text.includes(hidden)]).toEqual([hidden, false]);
      expect(await page.locator('code, button, input, a').count()).toBe(0);
    });

    test('a wall whose token has ended is told what to open, without a path and a command', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const { page } = await openWall(`${agent.url}wall`, /401|net::ERR_/);
      await agent.stop();
      agent.world.refuses = true;
      await agent.begin();
      await page.locator('#connection[data-state=refused]').waitFor();
      expect(await page.locator('#connection-text').textContent()).toBe(
        'this link of the wall is not valid; open the new one',
      );
    });

    test('markup and escape codes in names are shown as text', async () => {
      const world = ordinaryScene(nowS());
      install(world, { file: '<img src=x onerror=alert(1)>\u001b' });
      const { page } = await openWall(`${(await serve(world)).url}wall`);
      await page.getByText('<img src=x onerror=alert(1)>\\x1b').waitFor();
      expect(await page.locator('img').count()).toBe(0);
    });

    test('axe-core finds nothing, light, dark and with forced colours', async () => {
      for (const world of [ordinaryScene(nowS()), brokenScene(nowS()), crowdedScene(nowS(), 200)]) {
        const { page } = await openWall(`${(await serve(world)).url}wall`);
        await page.locator('.tile .sparkline path').first().waitFor({ state: 'attached' });
        for (const media of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { forcedColors: 'active' }] as const) {
          await page.emulateMedia(media);
          expect([media, await violationsOf(page)]).toEqual([media, []]);
        }
      }
    });

    test('its text has the size that the reader has chosen, and axe-core finds nothing at twice the size', async () => {
      const { page } = await openWall(`${(await serve(ordinaryScene(nowS()))).url}wall`);
      const sizePx = () => page.evaluate<number>('parseFloat(getComputedStyle(document.body).fontSize)');
      const before = await sizePx();
      const session = await page.context().newCDPSession(page);
      await session.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
      await expect.poll(sizePx).toBeGreaterThan(before * 1.4);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(1920);
      expect(await violationsOf(page)).toEqual([]);
    });

    test("a real agent's wall opens by its own link, and shows a plugin that fails without a word of it", async () => {
      const home = makeHome();
      installPlugin(home.scripts, 'two-gauges');
      writePlugin(home.scripts, 'broken', '#!/bin/sh\necho "S3CRET-OUT 1"; echo S3CRET-ERR >&2; exit 3\n');
      const config = join(home.state, '..', 'wall.ini');
      writeFileSync(config, '[dashboard]\nwall = yes\n');
      const flags = ['-f', config, '-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-H', 'web1'];
      const agent = startProgram([...flags, '--dashboard', '127.0.0.1:0'], { env: { HOME: home.state } });
      const base = String((await agent.event('dashboard.started'))['url']).replace(/\?.*/, '');
      const token = readFileSync(`${home.state}/dashboard-wall-token`, 'utf8').trim();
      const { page, tile } = await openWall(`${base}wall?token=${token}`);
      expect(page.url()).toBe(`${base}wall`);
      await tile('broken').getByText('failing').waitFor();
      await tile('two-gauges').locator('.badge', { hasText: 'ok' }).waitFor();
      await page.goto(base);
      await tile('broken').getByText('failing').waitFor();
      expect(await page.content()).not.toMatch(/S3CRET/);
    });
  },
);
