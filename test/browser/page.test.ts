import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AnnotatedOutput, ShownSample } from '../../src/model/annotated.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { missing, type RunningBrowser, startBrowser } from './browser.ts';
import { openPage, serve } from './open-page.ts';
import { brokenScene, crowdedScene, ordinaryScene, suspendedScene } from './scenes.ts';
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

    test('the first screen shows what reports, what does not, what to type, and whether samples arrive', async () => {
      const { page, row } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url);
      expect(await page.locator('#host').textContent()).toBe('web-1');
      expect(await page.locator('#answer-reporting').textContent()).toBe(
        '9 of 14 plugins report1 not run yet, 1 switched off',
      );
      expect(await page.locator('#answer-trouble button').allTextContents()).toEqual([
        '1 rejected',
        '1 hung',
        '1 failing',
        '1 in part',
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
      expect(await page.title()).toBe('4 ✕ web-1 · instrument_server');
    });

    test('plugins with trouble come first, the worst state before others, and each state by name', async () => {
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

    test('a sink that is away is shown with what waits, how old that is, and what to type', async () => {
      const { page } = await openPage(browser, (await serve(brokenScene(nowS()))).url);
      const arriving = await page.locator('#answer-arriving').textContent();
      expect(arriving).toMatch(/instrumental refused for 3\dm.*: 18,204 samples wait, the oldest from 3\dm.* ago/);
      expect(await page.locator('#sinks').textContent()).toContain('graphite.example.com does not answer on port 2003');
      expect(await page.locator('#sinks code').allTextContents()).toEqual(
        Array(2).fill('instrument_server check --connect'),
      );
      expect(await page.locator('#banners').textContent()).toMatch(
        /not in force[\s\S]*report_interval[\s\S]*can't be stored[\s\S]*ENOSPC/,
      );
    });

    test('the sign of a state stands in front of its word, on the same line', async () => {
      const { row } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url);
      for (const file of ['backup_age.sh', 'nfs_latency.sh', 'disk_smart.sh']) {
        const state = row(file).locator('.state');
        const [sign, word] = await Promise.all(['svg', 'span'].map((part) => state.locator(part).boundingBox()));
        if (!sign || !word) throw new Error(`${file} has no sign or no word`);
        expect(sign.x + sign.width).toBeLessThanOrEqual(word.x);
        expect(sign.y).toBeGreaterThanOrEqual(word.y);
        expect(sign.y + sign.height).toBeLessThanOrEqual(word.y + word.height);
      }
    });

    test('advice is a sentence, and each command on a line of its own with a button that copies it exactly', async () => {
      const agent = await serve(makeWorld(nowS()));
      const commands = [`chmod 0700 '/etc/it'\\''s; chmod 0777 x'`, 'kill 4711'];
      const sentence = `the plugin printed "x: kill 1; chmod 0777 '/'"; run instrument_server check --connect`;
      install(agent.world, { file: 'x.sh', state: 'rejected', reasons: [reason('wrong-mode', sentence, ...commands)] });
      const { page, row } = await openPage(browser, agent.url, { permissions: ['clipboard-read', 'clipboard-write'] });
      expect(await row('x.sh').locator('.reason > p').textContent()).toBe(sentence);
      expect(await row('x.sh').locator('code').allTextContents()).toEqual(commands);
      const tops = await Promise.all(
        ['p', 'div:nth-of-type(1)', 'div:nth-of-type(2)'].map((part) =>
          row('x.sh').locator(`.reason > ${part}`).boundingBox(),
        ),
      );
      const [first, second, third] = tops.map((box) => box?.y ?? Number.NaN);
      expect([first, second, third]).toEqual([first, second, third].toSorted((a = 0, b = 0) => a - b));
      expect(new Set([first, second, third]).size).toBe(3);
      for (const command of commands) {
        await row('x.sh')
          .getByRole('button', { name: `Copy: ${command}` })
          .click();
        await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(command);
      }
    });

    test('without a clipboard the button selects the command, so that Ctrl-C copies it', async () => {
      const { page, row } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url);
      await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("not allowed"))');
      await row('nfs_latency.sh').getByRole('button', { name: 'Copy: kill 4711' }).click();
      await row('nfs_latency.sh').getByText('Selected').waitFor();
      expect(await page.evaluate('String(getSelection())')).toBe('kill 4711');
    });

    test("a suspended directory is shown once, with its command, and again only in a plugin's details", async () => {
      const agent = await serve(suspendedScene(nowS()));
      const { page } = await openPage(browser, `${agent.url}#plugin=redis_info.sh`);
      const command = "chmod 0700 '/etc/instrumental_scripts'";
      expect(await page.locator('#banners').textContent()).toContain('No plugin runs.');
      expect(await page.locator('#banners p').textContent()).toBe(
        'instrumental_scripts has mode 0777: group and others can write to it',
      );
      expect(await page.locator('#banners code').allTextContents()).toEqual([command]);
      expect(await page.locator('.row .reason').count()).toBe(0);
      expect(await page.locator('#detail .reason code').allTextContents()).toEqual([command]);
    });

    test('that a group can replace what runs is a warning, with its command, and so is an overload', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const command = "chmod g-w '/etc'";
      const warning = reason('group-writable', "the way to '/etc/instrumental_scripts' depends on a group", command);
      const explanation = '640 of 3,000 plugins wait for a slot';
      agent.world.agent = {
        ...agent.world.agent,
        scripts: { ...agent.world.agent.scripts, warning },
        overload: { sinceS: 1, waiting: 640, plugins: 3000, longestWaitS: 9, slots: 4, cpuBusyPercent: 9, explanation },
      };
      const { page } = await openPage(browser, agent.url);
      expect(await page.locator('#banners .warn').allTextContents()).toEqual([
        expect.stringContaining(`A group can replace what runs.${warning.sentence}`),
        `The agent is overloaded:${explanation}`,
      ]);
      expect(await page.locator('#banners code').allTextContents()).toEqual([command]);
    });

    test('if the agent has no such plugin any more, the details show its advice', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const { page } = await openPage(browser, agent.url);
      agent.world.plugins.delete('redis_info.sh');
      agent.world.missing = { kind: 'missing', sentence: 'it was removed', commands: ['instrument_server status'] };
      await page.getByRole('link', { name: 'redis_info.sh' }).click();
      await page.locator('#detail [role=status]').getByText('it was removed').waitFor();
      expect(await page.locator('#detail [role=status] code').allTextContents()).toEqual(['instrument_server status']);
    });

    test('a plugin appears, turns to rejected with the reason, and disappears when it is removed', async () => {
      const agent = await serve(makeWorld(nowS()));
      const { page, row } = await openPage(browser, agent.url);
      await page.getByText('No plugin yet').waitFor();
      const command = page.locator('#list .command code');
      expect(await command.textContent()).toMatch(/^printf '.*' > '\/.*\/mine\.sh' && chmod 0700 /);
      install(agent.world, { file: 'mine.sh', stdout: 'answer 42\n' });
      agent.tell('mine.sh');
      await row('mine.sh').getByText('1 sample').waitFor();
      expect(await command.count()).toBe(0);
      expect(await row('mine.sh').locator('.word').textContent()).toBe('ok');
      install(agent.world, { file: 'mine.sh', state: 'rejected', reasons: [wrongMode('mine.sh')] });
      agent.tell('mine.sh');
      await row('mine.sh').getByText('has mode 0755').waitFor();
      expect(await row('mine.sh').locator('.word').textContent()).toBe('rejected');
      agent.world.plugins.delete('mine.sh');
      agent.tell('mine.sh');
      await page.getByText('No plugin yet').waitFor();
    });

    test('a slow plugin is counted among those that report, is not red, and asks no one to act', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const slow = reason('slow', 'running 6 s; its last runs took 5 to 7 s');
      install(agent.world, { file: 'slow.sh', state: 'slow', runningForS: 6, reasons: [slow] });
      const { page, row } = await openPage(browser, agent.url);
      expect(await page.locator('#answer-reporting').textContent()).toBe(
        '10 of 15 plugins report1 slow, 1 not run yet, 1 switched off',
      );
      expect((await page.locator('#answer-trouble button').allTextContents()).join()).not.toContain('slow');
      expect(await row('slow.sh').locator('.word').getAttribute('class')).toBe('word calm');
      expect(await row('slow.sh').locator('.reason').count()).toBe(0);
      await row('slow.sh').locator('a').click();
      await page.locator('#detail').getByText(slow.sentence).waitFor();
    });

    test('the time of a hung run counts up without an event, and its reason keeps the keyboard focus', async () => {
      const agent = await serve(makeWorld(nowS()));
      const stuck = { file: 'stuck', state: 'hung', runningForS: 70, reasons: [hung(70)] } as const;
      install(agent.world, stuck);
      const { page, row } = await openPage(browser, `${agent.url}#plugin=stuck`);
      const elapsed = row('stuck').locator('.num').first();
      const first = String(await elapsed.textContent());
      expect(first).toMatch(/^\d+m/);
      await expect.poll(() => elapsed.textContent(), { timeout: 10_000 }).not.toBe(first);
      await row('stuck').getByRole('button', { name: 'Copy: kill 4711' }).focus();
      install(agent.world, { ...stuck, runningForS: 72 });
      agent.tell('stuck');
      agent.tell('stuck', install(agent.world, { file: 'later' }).file);
      await row('later').waitFor();
      expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe('Copy: kill 4711');
      await page
        .locator('#detail')
        .getByText(/running for \d+m.*, pid 4711, holds no slot, 2 ticks skipped/)
        .waitFor();
    });

    test('a chart ends with the last sample, and follows when there is a newer one', async () => {
      const agent = await serve(makeWorld(nowS()));
      install(agent.world, { file: 'mine.sh', stdout: 'answer 42.5\n' });
      const { page } = await openPage(browser, `${agent.url}#plugin=mine.sh`);
      const card = page.locator('#detail .card[data-metric="web-1.mine.answer"]');
      const last = agent.world.samples.get('web-1.mine.answer')?.at(-1);
      await page.locator(`#detail .card[data-last-value="42.5"][data-last-at-s="${last?.[0]}"] canvas`).waitFor();
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
        .locator(`#detail .card[data-metric="web-1.mine.answer"][data-last-value="43"][data-last-at-s="${atS}"]`)
        .waitFor();
    });

    test('two minutes after its first sample a chart is two minutes wide, and can be an hour wide', async () => {
      const agent = await serve(makeWorld(nowS()));
      install(agent.world, { file: 'mine.sh', stdout: 'answer 42.5\n' });
      const endS = Math.floor(nowS());
      const metric = 'web-1.mine.answer';
      agent.world.samples.set(
        metric,
        Array.from({ length: 13 }, (_, index): [number, number] => [endS - 120 + 10 * index, index]),
      );
      const mark = { durationS: 0, plugin: pluginFile('mine.sh'), kind: 'changed', text: 'changed' } as const;
      agent.world.marks = [-125, -90, -30].map((atS) => ({ ...mark, atS: endS + atS })); // the first is before all
      const { page } = await openPage(browser, `${agent.url}#plugin=mine.sh`);
      const card = page.locator(`#detail .card[data-metric="${metric}"]`);
      await card.locator('.chart-mark').nth(1).waitFor({ state: 'attached' });
      const shareOfAMinute = async () => {
        const marks = card.locator('.chart-mark');
        const last = (await marks.count()) - 1;
        const [first, second] = await Promise.all([last - 1, last].map((index) => marks.nth(index).boundingBox()));
        const area = await card.locator('.u-over').boundingBox();
        return ((second?.x ?? 0) - (first?.x ?? 0)) / (area?.width ?? 1);
      };
      expect(await card.locator('.chart-mark').count()).toBe(2);
      expect(await shareOfAMinute()).toBeGreaterThan(0.3); // less than a half if the machine is slow
      expect(await shareOfAMinute()).toBeLessThan(0.51);
      await page.locator('#detail').getByRole('button', { name: 'hour' }).click();
      await card.locator('.chart-mark').nth(2).waitFor({ state: 'attached' });
      await expect.poll(shareOfAMinute).toBeLessThan(0.03);
      await page.locator('#detail').getByRole('button', { name: '5 min', exact: true }).click();
      await page.getByRole('img', { name: /answer: 13 points in the last 5 minutes/ }).waitFor();
      await expect.poll(shareOfAMinute).toBeCloseTo(0.2, 1);
    });

    test('host charts look back an hour, a day or a week; other metrics can be added, and are remembered', async () => {
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
      await page.getByRole('button', { name: 'day', exact: true }).click();
      await page.getByRole('img', { name: /cpu\.in_use: \d+ points in the last day/ }).waitFor();
      await page.getByLabel('Add a chart of').fill('no.such');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByText('there is no metric of this name').waitFor();
      await page.getByLabel('Add a chart of').fill('open_tickets.open');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Remove the chart of open_tickets.open' }).waitFor();
      await page.locator('.card[data-metric="web-1.open_tickets.open"][data-last-value="17"]').waitFor();
      await page.reload();
      await page.locator('.card[data-metric="web-1.open_tickets.open"][data-last-value="17"]').waitFor();
      await page.getByRole('button', { name: 'Remove the chart of open_tickets.open' }).click();
      expect(await shown()).toHaveLength(4);
    });

    test('a chart is marked where something happened, with a text that is inert and read out, and is moved with time', async () => {
      const world = ordinaryScene(nowS());
      const atS = Math.floor(nowS()) - 900;
      const mark = { atS, durationS: 0, plugin: pluginFile('p.sh') };
      const text = 'plugin <img src=x onerror=alert(1)>\u202e was changed';
      world.marks = [
        { ...mark, kind: 'changed', text },
        { ...mark, atS: atS + 600, kind: 'failing', text: 'plugin p.sh fails: it exited with status 3' },
      ];
      const { page, violations } = await openPage(browser, (await serve(world)).url);
      const card = page.locator('.card').first();
      const marks = card.locator('.chart-mark');
      await marks.nth(1).waitFor({ state: 'attached' });
      expect(await marks.count()).toBe(2);
      expect(await marks.first().getAttribute('title')).toMatch(
        /^\d\d:\d\d:\d\d plugin <img src=x onerror=alert\(1\)>\\u\{202e\} was changed$/,
      );
      expect(await marks.nth(1).getAttribute('data-kind')).toBe('failing');
      expect(await card.locator('.canvas').getAttribute('aria-label')).toMatch(
        /; 2 marks: \d.*was changed; .* plugin p\.sh fails: it exited with status 3$/,
      );
      const [first, second, area] = await Promise.all([
        marks.first().boundingBox(),
        marks.nth(1).boundingBox(),
        card.locator('.u-over').boundingBox(),
      ]);
      const share = ((second?.x ?? 0) - (first?.x ?? 0)) / (area?.width ?? 1);
      expect(share).toBeGreaterThan(0.15); // 10 minutes of an hour
      expect(share).toBeLessThan(0.18);
      expect(await page.locator('img').count()).toBe(0);
      expect(await violations()).toEqual([]);
    });

    test('without history the page says so in place of the charts', async () => {
      const agent = await serve({
        ...ordinaryScene(nowS()),
        historyOff: 'no history is kept; set history = 7d under [dashboard]',
      });
      const { page } = await openPage(browser, `${agent.url}#plugin=redis_info.sh`, { forgiven: /404/ });
      await page.locator('#detail').getByText('no history is kept; set history = 7d under [dashboard]').waitFor();
    });

    test('the page survives a restart of the agent: it connects again and shows what changed meanwhile', async () => {
      const agent = await serve(makeWorld(nowS()));
      const { page, row } = await openPage(browser, agent.url, { forgiven: /net::ERR_/ });
      await agent.stop();
      await page.getByText('reconnecting…').waitFor();
      install(agent.world, { file: 'meanwhile.sh' });
      await agent.begin();
      await row('meanwhile.sh').waitFor();
      await page.locator('#connection').getByText('live', { exact: true }).waitFor();
    });

    test('if the agent refuses the cookie the page says what to do, and continues once it is accepted', async () => {
      const agent = await serve(makeWorld(nowS()));
      const { page } = await openPage(browser, agent.url, { forgiven: /401|net::ERR_/ });
      await agent.stop();
      agent.world.refuses = true;
      await agent.begin();
      await page.getByText('not allowed: reload this page, which then says how to get its link').waitFor();
      agent.world.refuses = false;
      await page.locator('#connection[data-state=live]').waitFor();
    });

    test("markup and escape codes in a plugin's name, output, stderr and reasons are shown as text", async () => {
      const agent = await serve(makeWorld(nowS()));
      const evil = '<script>globalThis.struck = 1</script><img src=x onerror="struck = 1">';
      const file = `<b>bold</b>\u001b[31m`;
      install(agent.world, {
        file,
        state: 'bad-lines',
        stdout: `${evil}\n\u001b[31mred 1\nabc\u202edef 2\n`,
        stderr: [evil, '\u001b]0;title\u0007'],
        reasons: [
          reason(
            'only-bad-lines',
            `3 of 3 lines are not samples; the first is line 1, "${evil}; chmod 0777 '/'": write NAME VALUE`,
          ),
        ],
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
      expect(await page.locator('.row code').count()).toBe(0); // printed text never becomes a command to type
      expect(await page.locator('main :is(script, img, b, i)').count()).toBe(0);
      expect(await page.evaluate('typeof struck')).toBe('undefined');
    });

    test('what an output looks like and repeated names are said once above it, and bad lines beyond it are counted', async () => {
      const agent = await serve(makeWorld(nowS()));
      const stdout = `a{b="c"} 1\na{b="d"} 2\ne 1\ne 2\n${'a{b="f"} 3\n'.repeat(200)}`;
      install(agent.world, { file: 'prom.sh', stdout });
      const { page } = await openPage(browser, `${agent.url}#plugin=prom.sh`);
      const detail = page.locator('#detail');
      await detail.locator('.output').waitFor();
      const notes = detail.locator('.reason');
      expect(await notes.allTextContents()).toEqual([
        expect.stringContaining('this looks like Prometheus text; '),
        expect.stringContaining('line 4 has the name and the time of line 3 ('),
      ]);
      expect(await detail.locator('.verdict').first().textContent()).toBe('✗ bad-name');
      await detail.getByText('… and 4 lines more, with 4 bad lines').waitFor();
    });

    test('of a format in which a line holds several things, each is shown with its unit', async () => {
      const agent = await serve(makeWorld(nowS()));
      const plugin = install(agent.world, { file: 'disk.sh', stdout: 'root 28345106432\n' });
      agent.world.units.set('web-1.disk.root', 'B\x1b');
      const sample = (name: string, unit: string, value = 2): ShownSample => ({
        metric: `web-1.disk.${name}`,
        value,
        atS: 1_800_000_000,
        series: { family: null, labels: [], kind: 'gauge', unit },
      });
      const several = {
        kind: 'several',
        samples: [sample('root', 'B\x1b', 28_345_106_432), sample('load', '')],
        badLines: [{ reason: 'decimal-comma', hint: 't: write 6.5' }],
        moreSamples: 1204,
        moreBadLines: 3,
      } as const;
      const output: AnnotatedOutput = {
        lines: [
          { line: 1, text: '# comment', verdict: { kind: 'nothing' } },
          { line: 2, text: 'OK|/=28345106432B', verdict: several },
        ],
        moreLines: 5,
        samples: 1206,
        badLines: 6,
        notFinite: 1,
        message: null,
        looksLike: null,
        duplicate: null,
      };
      agent.world.plugins.set('disk.sh', { ...plugin, output });
      const { page } = await openPage(browser, `${agent.url}#plugin=disk.sh`);
      const detail = page.locator('#detail');
      await detail.locator('.output').waitFor();
      expect(await detail.locator('.verdict').first().textContent()).toBe('no sample');
      expect(await detail.locator('.verdict').last().locator('div').allTextContents()).toEqual([
        '✓ root = 28,345,106,432 B\\x1b',
        '✓ load = 2',
        '… and 1,204 more samples',
        '✗ decimal-comma: t: write 6.5',
        "… and 3 more that can't be read",
      ]);
      expect(await detail.locator('.output caption').textContent()).toBe(
        '1,206 samples, 6 bad lines, 1 value not finite',
      );
      await detail.getByText('… and 5 lines more, with 2 bad lines').waitFor();
      const chart = detail.locator('[data-metric="web-1.disk.root"] .value');
      await expect.poll(() => chart.textContent()).toBe('28,345,106,432 B\\x1b');
    });

    test('with the keyboard alone a reader reaches a plugin, opens it, and comes back to the same row', async () => {
      const { page, row } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url);
      const focused = () => page.evaluate<string>('document.activeElement.textContent');
      await page.getByLabel('Filter the plugins').focus();
      await page.keyboard.press('Tab');
      expect(await focused()).toBe('backup_age.sh');
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.ariaLabel')).toMatch(/^Copy: ps /); // not that of the row above
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('ArrowDown');
      expect(await focused()).toBe('ldap_check.py');
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

    test('the list can be filtered by a state, and by words in name or reason', async () => {
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

    test('among a thousand plugins one that begins to hang keeps the keyboard focus, and moves to the top when that has left', async () => {
      const agent = await serve(crowdedScene(nowS(), 1000));
      const { page, row } = await openPage(browser, agent.url);
      expect(await page.locator('#answer-reporting').textContent()).toContain('980 of 1,000 plugins report');
      await row('check_0500.sh').locator('a').focus();
      install(agent.world, { file: 'check_0500.sh', state: 'hung', runningForS: 9, reasons: [hung(9)] });
      agent.tell('check_0500.sh');
      await page.getByText('979 of 1,000 plugins report').waitFor();
      expect(await page.evaluate('document.activeElement.textContent')).toBe('check_0500.sh');
      await page.getByLabel('Filter the plugins').focus();
      await expect
        .poll(async () => (await page.locator('.group.trouble .name').allTextContents()).slice(15, 17))
        .toEqual(['check_0500.sh', 'check_0513.sh']);
    });

    test('axe-core finds no violation of WCAG A and AA in the light page, nor of its colours in the dark one: list, details, trouble, and 360 pixels wide', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const { page, violations, darkViolations } = await openPage(browser, agent.url);
      await page.locator('#host-metrics .card[data-last-value]').nth(3).waitFor();
      expect([await violations(), await darkViolations()]).toEqual([[], []]);
      await page.getByRole('link', { name: 'room_climate.sh' }).click();
      await page.locator('#detail .card').first().scrollIntoViewIfNeeded(); // a card out of view draws nothing
      await page.locator('#detail .card[data-last-value]').first().waitFor();
      expect([await violations(), await darkViolations()]).toEqual([[], []]);
      await page.setViewportSize({ width: 360, height: 740 });
      expect([await violations(), await darkViolations()]).toEqual([[], []]);
      await page.keyboard.press('Escape');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      const broken = await openPage(browser, (await serve(brokenScene(nowS()))).url);
      expect([await broken.violations(), await broken.darkViolations()]).toEqual([[], []]);
    });
  },
);
