import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { missing, type RunningBrowser, startBrowser } from './browser.ts';
import { type MakeBelieveAgent, makeBelieveAgent, type World } from './make-believe-agent.ts';
import { openPage } from './open-page.ts';
import { brokenScene, crowdedScene, ordinaryScene } from './scenes.ts';
import { hung, install, makeWorld, reason, sink, wrongMode } from './world.ts';

const nowS = () => Date.now() / 1000;

describe.skipIf(missing !== null)(
  `the page in a browser${missing === null ? '' : ` (left out: no ${missing} here)`}`,
  () => {
    let running: RunningBrowser;
    let browser: Browser;
    beforeAll(async () => {
      running = await startBrowser();
      browser = running.browser;
    }, 60_000);
    afterAll(() => running.close());

    async function serve(world: World): Promise<MakeBelieveAgent> {
      const agent = await makeBelieveAgent(world);
      onTestFinished(agent.stop);
      return agent;
    }

    test('the first screen says without a click what reports, what does not and what to type, and whether it arrives', async () => {
      const { page, row } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url);
      expect(await page.locator('#host').textContent()).toBe('web-1');
      expect(await page.locator('#answer-reporting').textContent()).toBe(
        '9 of 14 plugins report1 not run yet, 1 switched off',
      );
      expect(await page.locator('#answer-trouble button').allTextContents()).toEqual([
        '1 failing',
        '1 hung',
        '1 in part',
        '1 rejected',
      ]);
      expect(await page.locator('#answer-arriving').textContent()).toBe('instrumental connected: nothing waits');
      expect(await row('backup_age.sh').locator('.reason').textContent()).toContain(
        'has mode 0755: group and others can read and run it',
      );
      expect(await row('backup_age.sh').locator('code').allTextContents()).toEqual([
        "chmod 0700 '/etc/instrumental_scripts/backup_age.sh'",
      ]);
      expect(await row('nfs_latency.sh').locator('code').allTextContents()).toEqual([
        'ps -o pid,etime,wchan,args -p 4711',
        'kill 4711',
      ]);
      expect(await page.title()).toBe('3 ✕ web-1 · instrument_server');
    });

    test('those with trouble come first, the worst before, and each group by name', async () => {
      const { page } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url);
      const names = await page.locator('.row .name').allTextContents();
      expect(names.slice(0, 6)).toEqual([
        'backup_age.sh',
        'nfs_latency.sh',
        'ldap_check.py',
        'room_climate.sh',
        'disk_smart.sh',
        'mysql_status.rb',
      ]);
      expect(names.slice(-2)).toEqual(['new_orders.sh', 'old_raid.pl']);
    });

    test('a sink that is away is told with what waits and how old it is', async () => {
      const { page } = await openPage(browser, (await serve(brokenScene(nowS()))).url);
      const arriving = await page.locator('#answer-arriving').textContent();
      expect(arriving).toMatch(/instrumental refused for 3\dm.*: 18,204 samples wait, the oldest of 3\dm.* ago/);
      expect(await page.locator('#sinks').textContent()).toContain('graphite.example.com does not answer on port 2003');
      expect(await page.locator('#banners').textContent()).toMatch(
        /not in force[\s\S]*report_interval[\s\S]*can't be stored[\s\S]*ENOSPC/,
      );
    });

    test('a plugin is shown once it is there, turns to rejected with the reason, and goes when it is removed', async () => {
      const agent = await serve(makeWorld(nowS()));
      const { page, row } = await openPage(browser, agent.url);
      await page.getByText('No plugin yet').waitFor();
      install(agent.world, { file: 'mine.sh', stdout: 'answer 42\n' });
      agent.tell('mine.sh');
      await row('mine.sh').getByText('1 sample').waitFor();
      expect(await row('mine.sh').locator('.word').textContent()).toBe('ok');
      install(agent.world, { file: 'mine.sh', state: 'rejected', reasons: wrongMode('mine.sh') });
      agent.tell('mine.sh');
      await row('mine.sh').getByText('has mode 0755').waitFor();
      expect(await row('mine.sh').locator('.word').textContent()).toBe('rejected');
      agent.world.plugins.delete('mine.sh');
      agent.tell('mine.sh');
      await page.getByText('No plugin yet').waitFor();
    });

    test('the time of a run that hangs counts up though nothing is heard', async () => {
      const agent = await serve(makeWorld(nowS()));
      const { reasons } = install(agent.world, { file: 'stuck', state: 'hung', runningForS: 70, reasons: hung(70) });
      const { page, row } = await openPage(browser, `${agent.url}#plugin=stuck`);
      const elapsed = row('stuck').locator('.num').first();
      const first = String(await elapsed.textContent());
      expect(first).toMatch(/^\d+m/);
      await expect.poll(() => elapsed.textContent(), { timeout: 10_000 }).not.toBe(first);
      await row('stuck').getByRole('button', { name: 'Copy: kill 4711' }).focus();
      install(agent.world, {
        file: 'stuck',
        state: 'hung',
        runningForS: 70,
        reasons: reasons.map((each) => ({ ...each, explanation: each.explanation.replace('(1m 10s)', '(1m 12s)') })),
      });
      agent.tell('stuck');
      agent.tell('stuck', install(agent.world, { file: 'told-later' }).file);
      await row('told-later').waitFor();
      expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Copy: kill 4711'); // only a time has grown
      expect(await row('stuck').locator('.reason').textContent()).not.toContain('(1m 10s)'); // would stand still beside it
      await page
        .locator('#detail')
        .getByText(/running for \d+m.*, pid 4711, overdue, 2 ticks skipped/)
        .waitFor();
    });

    test("a chart's last point is the last sample, and follows when there is another", async () => {
      const agent = await serve(makeWorld(nowS()));
      install(agent.world, { file: 'mine.sh', stdout: 'answer 42.5\n' });
      const { page } = await openPage(browser, `${agent.url}#plugin=mine.sh`);
      const card = page.locator('.card[data-metric="web-1.mine.answer"]');
      const last = agent.world.samples.get('web-1.mine.answer')?.at(-1);
      await page.locator(`.card[data-last-value="42.5"][data-last-at-s="${last?.[0]}"] canvas`).waitFor();
      expect(await card.locator('.value').textContent()).toBe('42.5');
      expect(await card.getByRole('img').getAttribute('aria-label')).toMatch(
        /^Chart of answer: 12\d points in the last hour, from .* the last is 42\.5 at /,
      );
      const before = agent.world.samples.get('web-1.mine.answer') ?? [];
      const atS = Math.floor(nowS());
      install(agent.world, { file: 'mine.sh', stdout: 'answer 43\n' });
      agent.world.samples.set('web-1.mine.answer', [...before, [atS, 43]]);
      agent.tell('mine.sh');
      await page
        .locator(`.card[data-metric="web-1.mine.answer"][data-last-value="43"][data-last-at-s="${atS}"]`)
        .waitFor();
    });

    test('charts of the host look back an hour, a day or a week, and any other metric can be added and is there again later', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const { page } = await openPage(browser, agent.url);
      const shown = () => page.locator('#host-metrics .metric').allTextContents();
      await page.locator('#host-metrics .card[data-last-value]').nth(3).waitFor();
      expect(await shown()).toEqual([
        'cpu.in_use',
        'memory.available_percent',
        'load.1min',
        'disk.root.available_percent',
      ]);
      await page.getByRole('button', { name: 'day' }).click();
      await page.getByRole('img', { name: /cpu\.in_use: \d+ points in the last day/ }).waitFor();
      await page.getByLabel('Add a chart of').fill('no.such');
      await page.getByRole('button', { name: 'Add' }).click();
      await page.getByText('there is no metric of this name').waitFor();
      await page.getByLabel('Add a chart of').fill('open_tickets.open');
      await page.keyboard.press('Enter');
      await page.locator('.card[data-metric="web-1.open_tickets.open"][data-last-value="17"]').waitFor();
      await page.reload();
      await page.locator('.card[data-metric="web-1.open_tickets.open"][data-last-value="17"]').waitFor();
      await page.getByRole('button', { name: 'Remove the chart of open_tickets.open' }).click();
      expect(await shown()).toHaveLength(4);
    });

    test('without history the page says so in the place of charts', async () => {
      const agent = await serve({
        ...ordinaryScene(nowS()),
        historyOff: 'no history is kept; set history = 7d under [dashboard]',
      });
      const { page } = await openPage(browser, `${agent.url}#plugin=redis_info.sh`, { forgiven: /404/ });
      await page.locator('#detail').getByText('no history is kept; set history = 7d under [dashboard]').waitFor();
    });

    test('the page survives a restart of the agent: it connects again and shows what came meanwhile', async () => {
      const agent = await serve(makeWorld(nowS()));
      const { page, row } = await openPage(browser, agent.url, { forgiven: /net::ERR_/ });
      await agent.stop();
      await page.getByText('reconnecting…').waitFor();
      install(agent.world, { file: 'meanwhile.sh' });
      await agent.begin();
      await row('meanwhile.sh').waitFor();
      await page.locator('#connection').getByText('live', { exact: true }).waitFor();
    });

    test('where the agent does not know the cookie any more the page says what to do, and goes on once it does', async () => {
      const agent = await serve(makeWorld(nowS()));
      const { page } = await openPage(browser, agent.url, { forgiven: /401|net::ERR_/ });
      await agent.stop();
      agent.world.refuses = true;
      await agent.begin();
      await page.getByText('not allowed: open the link that the agent logs at its start').waitFor();
      agent.world.refuses = false;
      await page.locator('#connection[data-state=live]').waitFor();
    });

    test("markup, escape codes and invisible characters in a plugin's name, output, stderr and reasons are shown as text", async () => {
      const agent = await serve(makeWorld(nowS()));
      const evil = '<script>globalThis.struck = 1</script><img src=x onerror="struck = 1">';
      const file = `<b>bold</b>\u001b[31m`;
      install(agent.world, {
        file,
        state: 'bad-lines',
        stdout: `${evil}\n\u001b[31mred 1\nabc\u202edef 2\n`,
        stderr: [evil, '\u001b]0;title\u0007'],
        reasons: reason(
          'only-bad-lines',
          `3 of 3 lines are no sample; the first is line 1, "${evil}; chmod 0777 '/'": write NAME VALUE`,
        ),
      });
      agent.world.agent = {
        ...agent.world.agent,
        sinks: [sink({ name: '<i>sink</i>', state: 'away', trouble: evil })],
        storeFailure: evil,
      };
      const { page } = await openPage(browser, `${agent.url}#plugin=${encodeURIComponent(file)}`);
      const detail = page.locator('#detail');
      await detail.locator('.output').waitFor();
      expect(await detail.locator('.printed').allTextContents()).toEqual([evil, '\\x1b[31mred 1', 'abc\\u{202e}def 2']);
      expect(await detail.locator('.stderr').textContent()).toBe(`${evil}\n\\x1b]0;title\\x07\n`);
      expect(await detail.locator('h2').textContent()).toBe('<b>bold</b>\\x1b[31m');
      expect(await page.locator('.row .name').textContent()).toBe('<b>bold</b>\\x1b[31m');
      expect(await page.locator('.row code').count()).toBe(0); // what a plugin prints never becomes a command to type
      expect(await page.locator('main :is(script, img, b, i)').count()).toBe(0);
      expect(await page.evaluate('typeof struck')).toBe('undefined');
    });

    test('with the keyboard alone one reaches a plugin, opens it, and comes back to where one was', async () => {
      const { page, row } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url);
      const focused = () => page.evaluate<string>('document.activeElement.textContent');
      await page.getByLabel('Filter the plugins').focus();
      await page.keyboard.press('Tab');
      expect(await focused()).toBe('backup_age.sh');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      expect(await focused()).toBe('ldap_check.py');
      await page.keyboard.press('Tab');
      expect(await focused()).toBe('Copy'); // its own button, not that of the row above
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Enter');
      await page.locator('#detail .stderr').getByText('ConnectionRefusedError').waitFor();
      expect(await focused()).toBe('ldap_check.py');
      expect(await row('ldap_check.py').locator('a').getAttribute('aria-current')).toBe('true');
      await page.keyboard.press('Escape');
      await page.locator('#sinks').waitFor();
      expect(await page.evaluate('document.activeElement.className')).toBe('name');
      await page.keyboard.press('End');
      expect(await focused()).toBe('old_raid.pl');
    });

    test('a plugin has an address of its own, and Back and Forward work', async () => {
      const { page } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url);
      await page.getByRole('link', { name: 'redis_info.sh' }).click();
      await page.getByRole('link', { name: 'tls_expiry.sh' }).click();
      await page.locator('#detail-title').getByText('tls_expiry.sh').waitFor();
      await page.goBack();
      await page.locator('#detail-title').getByText('redis_info.sh').waitFor();
      await page.goBack();
      await page.locator('#host-metrics').waitFor();
      await page.goForward();
      await page.locator('#detail .output').getByText('used_memory_mb = 812.5').waitFor();
    });

    test('the list can be narrowed to a state, and to words in name or reason', async () => {
      const { page } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url);
      const shown = () => page.locator('.row:not([hidden]) .name').allTextContents();
      await page.getByRole('button', { name: '1 hung' }).click();
      expect(await shown()).toEqual(['nfs_latency.sh']);
      await page.getByRole('button', { name: '1 hung' }).click();
      await page.getByLabel('Filter the plugins').fill('decimal point');
      expect(await shown()).toEqual(['room_climate.sh']);
      await page.getByLabel('Filter the plugins').fill('nothing like it');
      await page.getByText('None of 14 plugins matches.').waitFor();
    });

    test('a thousand plugins: where one begins to hang it comes to the top, and the keyboard stays where it was', async () => {
      const agent = await serve(crowdedScene(nowS(), 1000));
      const { page, row } = await openPage(browser, agent.url);
      expect(await page.locator('#answer-reporting').textContent()).toContain('980 of 1,000 plugins report');
      await row('check_0500.sh').locator('a').focus();
      install(agent.world, { file: 'check_0500.sh', state: 'hung', runningForS: 9, reasons: hung(9) });
      agent.tell('check_0500.sh');
      await page.getByText('979 of 1,000 plugins report').waitFor();
      expect(await page.evaluate('document.activeElement.textContent')).toBe('check_0500.sh');
      expect((await page.locator('.group.trouble .name').allTextContents()).slice(15, 17)).toEqual([
        'check_0500.sh',
        'check_0513.sh',
      ]);
    });

    const schemes = ['light', 'dark'] as const;
    test.each(schemes)(
      'axe-core finds nothing against WCAG A and AA in the %s page, its details, with trouble, and 360 pixels wide',
      async (colorScheme) => {
        const agent = await serve(ordinaryScene(nowS()));
        const { page, violations } = await openPage(browser, agent.url, { colorScheme });
        await page.locator('#host-metrics .card[data-last-value]').nth(3).waitFor();
        expect(await violations()).toEqual([]);
        await page.getByRole('link', { name: 'room_climate.sh' }).click();
        await page.locator('#detail .card[data-last-value]').first().waitFor();
        expect(await violations()).toEqual([]);
        await page.setViewportSize({ width: 360, height: 740 });
        expect(await violations()).toEqual([]);
        await page.keyboard.press('Escape');
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
        const broken = await openPage(browser, (await serve(brokenScene(nowS()))).url, { colorScheme });
        expect(await broken.violations()).toEqual([]);
      },
    );
  },
);
