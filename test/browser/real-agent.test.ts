import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { fixture, installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';
import { missing, type RunningBrowser, startBrowser } from './browser.ts';
import { openPage, violationsOf } from './open-page.ts';

/** Starts the built program with the page. `port` 0: any free one. */
async function servingAgent(home: Home, port = 0, env: Record<string, string> = {}) {
  const flags = [
    '-e',
    '-s',
    home.scripts,
    '--state-dir',
    home.state,
    '-r',
    '1',
    '-H',
    'web1',
    '--dashboard',
    `127.0.0.1:${port}`,
  ];
  const agent = startProgram(flags, { env: { HOME: home.state, ...env } });
  const link = new URL(String((await agent.event('dashboard.started'))['url']));
  return { agent, link: link.href, port: Number(link.port) };
}

describe.skipIf(missing !== null)(
  `the page of a real agent${missing === null ? '' : ` (left out: no ${missing} here)`}`,
  () => {
    let running: RunningBrowser;
    let browser: Browser;
    beforeAll(async () => {
      running = await startBrowser();
      browser = running.browser;
    }, 60_000);
    afterAll(() => running.close());

    test('a new plugin appears, its chart ends with its last sample, and after a chmod it is rejected', async () => {
      const home = makeHome();
      const { agent, link } = await servingAgent(home);
      const { page, row, violations } = await openPage(browser, link);
      const path = join(home.scripts, 'counts');
      copyFileSync(fixture('plugins/counts'), path);
      chmodSync(path, 0o700);
      await row('counts').getByText('1 sample').waitFor();
      await row('counts').locator('a.name').click();
      const card = page.locator('#detail .card[data-metric="web1.counts.runs"]');
      const lastPrinted = () =>
        agent.printed.findLast((line) => line.startsWith('web1.counts.runs '))?.split(' ') ?? [];
      await expect
        .poll(
          async () => [await card.getAttribute('data-last-value'), await card.getAttribute('data-last-at-s')].join(' '),
          {
            timeout: 15_000,
          },
        )
        .toBe(lastPrinted().slice(1).join(' '));
      await row('counts')
        .locator('.beats title', { hasText: /^last \d+ ticks: \d+ reported; / })
        .waitFor({ state: 'attached' });
      await row('counts')
        .locator('.sparkline title', { hasText: /^runs: \d+$/ })
        .waitFor({ state: 'attached' });
      chmodSync(path, 0o755);
      await row('counts').getByText('has mode 0755').waitFor();
      expect(await row('counts').locator('.word').textContent()).toBe('rejected');
      expect(await violations()).toEqual([]);
    });

    test('the command that an empty page shows makes a plugin, whose row and chart appear', async () => {
      const { link } = await servingAgent(makeHome());
      const { page, row } = await openPage(browser, link);
      const command = (await page.locator('#list .command code').textContent()) ?? '';
      execFileSync('sh', ['-c', command]);
      await row('mine.sh').getByText('1 sample').waitFor();
      await row('mine.sh').locator('a.name').click();
      await page.locator('#detail .card[data-metric="web1.mine.answer"][data-last-value="42"]').waitFor();
    });

    test('without the token a page says which command prints the link, light and dark', async () => {
      const { link } = await servingAgent(makeHome());
      for (const colorScheme of ['light', 'dark'] as const) {
        const context = await browser.newContext({ colorScheme });
        onTestFinished(() => context.close());
        const page = await context.newPage();
        const broken: string[] = []; // among them each break of its own security policy
        page.on('console', (message) => broken.push(message.text()));
        const answer = await page.goto(link.replace(/\?.*/, ''));
        expect(answer?.status()).toBe(401);
        expect(await page.locator('code').textContent()).toMatch(/main\.js --state-dir \S+ link$/);
        const colour = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
        expect(colour).toBe(colorScheme === 'light' ? 'rgb(250, 251, 252)' : 'rgb(20, 24, 29)');
        expect(await violationsOf(page)).toEqual([]);
        expect(broken.filter((text) => !text.includes('401'))).toEqual([]);
        await page.goto(link);
        await page.locator('#agent', { hasText: 'a tick every' }).waitFor();
      }
    });

    test("a hung plugin's elapsed time counts, and what plugins print is text", async () => {
      const home = makeHome();
      const hold = holdFifo();
      installPlugin(home.scripts, 'waits-on-fifo');
      writePlugin(
        home.scripts,
        'x<b>y',
        '#!/bin/sh\necho "<script>document.title=1</script> 1"\nprintf "\\033[31m<img src=x onerror=alert(1)>\\n" >&2\n',
      );
      const { link } = await servingAgent(home, 0, { HOLD_FIFO: hold.path });
      const { page, row } = await openPage(browser, link);
      await row('waits-on-fifo').locator('.word', { hasText: 'hung' }).waitFor();
      const elapsed = row('waits-on-fifo').locator('.num').first();
      const first = await elapsed.textContent();
      await expect.poll(() => elapsed.textContent(), { timeout: 10_000 }).not.toBe(first);
      await row('x<b>y').locator('a.name').click();
      await page.locator('#detail').getByText('<script>document.title=1</script> 1').first().waitFor();
      await page.locator('#detail').getByText('<img src=x onerror=alert(1)>').first().waitFor();
      expect(await page.locator('img').count()).toBe(0);
    });

    test('the page reconnects by itself after the agent was killed and started again', async () => {
      const home = makeHome();
      installPlugin(home.scripts, 'two-gauges');
      const first = await servingAgent(home);
      const { page, row } = await openPage(browser, first.link, {
        forgiven:
          /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_SOCKET_NOT_CONNECTED/,
      });
      await row('two-gauges').waitFor();
      first.agent.process.kill('SIGKILL');
      await first.agent.exit;
      await page.getByText('reconnecting').first().waitFor();
      await servingAgent(home, first.port);
      installPlugin(home.scripts, 'two-gauges', { as: 'after' });
      await row('after').waitFor();
    });
  },
);
