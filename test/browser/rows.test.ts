import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missing, type RunningBrowser, startBrowser } from './browser.ts';
import type { MakeBelieveAgent, World } from './make-believe-agent.ts';
import { type OpenPage, openPage, serve } from './open-page.ts';
import { crowdedScene, ordinaryScene } from './scenes.ts';
import { hung, install, makeWorld, reason, wrongMode } from './world.ts';

const nowS = () => Date.now() / 1000;
const ticks = 30;

/** Lets a tick pass, at which these plugins changed, and waits until the page has drawn it. */
async function tick({ page }: OpenPage, agent: MakeBelieveAgent, ...files: readonly string[]): Promise<void> {
  const { world } = agent;
  world.agent = { ...world.agent, lastTickAtS: (world.agent.lastTickAtS ?? 0) + world.agent.intervalS };
  const drawn = page.evaluate(
    `new Promise((resolve) => new PerformanceObserver((_, observer) => {
      observer.disconnect();
      requestAnimationFrame(() => requestAnimationFrame(resolve));
    }).observe({ type: 'measure' }))`,
  );
  await page.evaluate('1'); // the observer is there
  agent.tell(...files);
  await drawn;
}

/** Changes states so that rows grow, shrink, come and go, at each tick others. */
function change({ world }: MakeBelieveAgent, at: number): readonly string[] {
  const isBad = at % 2 === 1;
  const long = `it exited with status 1; ${'its output says why, at length; '.repeat(at % 5)}`;
  const failing = { state: 'failing', status: 1, stdout: '', reasons: [reason('exit-status', long, 'true')] } as const;
  const changed = ['a_first', 'b_12', 'b_69', 'mine.sh'].filter((name) => world.plugins.has(name));
  for (const file of changed) install(world, { file, ...(isBad ? failing : {}) });
  if (at % 3 === 0) changed.push(install(world, { file: `a_new_${at}`, ...failing }).file);
  if (at % 7 === 5) {
    world.plugins.delete('a_new_3');
    changed.push('a_new_3');
  }
  world.agent = { ...world.agent, storeFailure: at % 4 === 3 ? 'the disk is full' : null };
  return changed;
}

/** A host whose plugins are more than fit on a screen. */
function longScene(): World {
  const world = makeWorld(nowS());
  for (const file of ['a_first', 'a_second', 'mine.sh']) install(world, { file });
  for (let index = 0; index < 60; index += 1) install(world, { file: `b_${index + 10}` });
  for (const file of ['c_bad', 'd_bad']) install(world, { file, state: 'rejected', reasons: [wrongMode(file)] });
  return world;
}

const focused = (page: Page) =>
  page.evaluate<string>('document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent');
const names = (page: Page) => page.locator('.row:not([hidden]) .name').allTextContents();
const topOf = ({ row }: OpenPage, file: string) => row(file).evaluate((element) => element.getBoundingClientRect().top);

describe.skipIf(missing !== null)(
  `the list of plugins in a browser${missing === null ? '' : ` (left out: no ${missing} here)`}`,
  () => {
    let running: RunningBrowser;
    let browser: Browser;
    beforeAll(async () => {
      running = await startBrowser();
      browser = running.browser;
    }, 60_000);
    afterAll(() => running.close());

    test.each([
      ['with all rows on the screen', 5, 1280, 0],
      ['scrolled to the middle', 60, 1280, 400],
      ['scrolled to the end', 60, 1280, 100_000],
      ['on a narrow page', 60, 800, 500],
    ])(
      'a row under the pointer stays where it is for 30 ticks while others grow, come and go: %s',
      async (_, count, width, scrollPx) => {
        const world = longScene();
        for (let index = count; index < 60; index += 1) world.plugins.delete(`b_${index + 10}`);
        const agent = await serve(world);
        const opened = await openPage(browser, agent.url, { viewport: { width, height: 700 } });
        const { page, row } = opened;
        for (const scroller of ['html', '#list'])
          await page.locator(scroller).evaluate((element, px) => element.scrollTo(0, px), scrollPx);
        const target = await page.evaluate<string>(
          `[...document.querySelectorAll('.row')].filter((row) => {
          const { top, bottom } = row.getBoundingClientRect();
          return top > 300 && bottom < 650;
        }).at(2).querySelector('.name').textContent`,
        );
        await row(target).hover();
        const before = await topOf(opened, target);
        const order = await names(page);
        for (let at = 1; at <= ticks; at += 1) {
          await tick(opened, agent, ...change(agent, at));
          expect(Math.abs((await topOf(opened, target)) - before), `after ${at} ticks`).toBeLessThan(1);
        }
        const held = (await names(page)).filter((name) => order.includes(name));
        expect(held).toEqual(order.filter((name) => held.includes(name)));
        await page.mouse.move(5, 5);
        await expect
          .poll(async () => (await names(page)).slice(0, 4))
          .toEqual(['c_bad', 'd_bad', 'a_new_12', 'a_new_15']);
      },
    );

    test('the focus stays where it is for 30 ticks, on a row and on a button among its reasons', async () => {
      const agent = await serve(longScene());
      const opened = await openPage(browser, agent.url);
      const { page, row } = opened;
      await row('mine.sh').locator('a').focus();
      await page.evaluate('document.activeElement.isMine = true');
      for (let at = 1; at <= ticks; at += 1) {
        await tick(opened, agent, ...change(agent, at));
        expect(await page.evaluate('document.activeElement.isMine')).toBe(true);
      }
      install(agent.world, { file: 'c_bad', state: 'hung', runningForS: 70, reasons: [hung(70)] });
      await tick(opened, agent, 'c_bad');
      await row('c_bad').getByRole('button', { name: 'Copy: kill 4711' }).focus();
      await page.evaluate('document.activeElement.isMine = true');
      for (let at = 1; at <= ticks; at += 1) {
        const skipped = reason('skipped', `${at} ticks were skipped`, ...(at % 3 === 0 ? ['true'] : []));
        const reasons = at % 2 === 0 ? [skipped, hung(70 + at)] : [hung(70 + at)];
        install(agent.world, { file: 'c_bad', state: 'hung', runningForS: 70 + at, reasons });
        await tick(opened, agent, 'c_bad', ...change(agent, at));
        expect(await page.evaluate('document.activeElement.isMine')).toBe(true);
      }
    });

    test('if what has the focus is gone, its row has it, or else the row that takes its place', async () => {
      const agent = await serve(longScene());
      const opened = await openPage(browser, agent.url);
      const { page, row } = opened;
      await row('c_bad').getByRole('button').focus();
      install(agent.world, { file: 'c_bad' });
      await tick(opened, agent, 'c_bad');
      expect(await focused(page)).toBe('c_bad');
      agent.world.plugins.delete('c_bad');
      await tick(opened, agent, 'c_bad');
      expect(await focused(page)).toBe('d_bad');
      await page.getByRole('button', { name: '1 rejected' }).focus();
      install(agent.world, { file: 'a_first', state: 'rejected', reasons: [wrongMode('a_first')] });
      await tick(opened, agent, 'a_first');
      expect(await focused(page)).toBe('2 rejected');
      for (const file of ['a_first', 'd_bad']) install(agent.world, { file });
      await tick(opened, agent, 'a_first', 'd_bad');
      expect(await focused(page)).toBe('Filter the plugins by name, state or reason');
    });

    test('the order waits while a row has the focus: new rows come last in their group', async () => {
      const agent = await serve(longScene());
      const opened = await openPage(browser, agent.url);
      const { page, row } = opened;
      await row('a_second').locator('a').focus();
      install(agent.world, { file: 'a_second', state: 'rejected', reasons: [wrongMode('a_second')] });
      install(agent.world, { file: 'a_new', state: 'rejected', reasons: [wrongMode('a_new')] });
      install(agent.world, { file: 'a_newer' });
      await tick(opened, agent, 'a_second', 'a_new', 'a_newer');
      expect((await names(page)).slice(0, 5)).toEqual(['c_bad', 'd_bad', 'a_new', 'a_first', 'a_second']);
      expect((await names(page)).at(-1)).toBe('a_newer');
      const waits = page.getByText('order waits while you are here');
      expect(await waits.isVisible()).toBe(true);
      await page.getByLabel('Filter the plugins').focus();
      await waits.waitFor({ state: 'hidden' });
      await expect
        .poll(async () => (await names(page)).slice(0, 6))
        .toEqual(['a_new', 'a_second', 'c_bad', 'd_bad', 'a_first', 'a_newer']);
    });

    test('a row under the pointer stays also if the filter does not match it any more, until the pointer leaves', async () => {
      const agent = await serve(longScene());
      const opened = await openPage(browser, agent.url);
      await opened.page.getByRole('button', { name: '2 rejected' }).click();
      await opened.row('c_bad').hover();
      install(agent.world, { file: 'c_bad' });
      await tick(opened, agent, 'c_bad');
      expect(await names(opened.page)).toEqual(['c_bad', 'd_bad']);
      await opened.page.mouse.move(5, 5);
      await expect.poll(() => names(opened.page)).toEqual(['d_bad']);
    });

    test('a reader who wants less motion sees none: nothing is animated when states change', async () => {
      const agent = await serve(longScene());
      const opened = await openPage(browser, agent.url, { reducedMotion: 'reduce' });
      const { page, row } = opened;
      await page.evaluate(`globalThis.begun = 0;
        for (const kind of ['transitionrun', 'animationstart'])
          document.addEventListener(kind, () => { begun += 1; }, true);`);
      for (let at = 1; at <= 6; at += 1) {
        await row(at % 2 === 0 ? 'a_first' : 'b_12').hover();
        await tick(opened, agent, ...change(agent, at));
      }
      expect(await page.evaluate('begun + document.getAnimations().length')).toBe(0);
    });

    test('the list can be ordered by name, duration, CPU time or last change, and the browser remembers it', async () => {
      const agent = await serve(makeWorld(nowS()));
      const { world } = agent;
      for (const [file, durationMs, cpuS, beats] of [
        ['a', 10, 3, 'oooooo'],
        ['b', 30, 1, 'offfff'],
        ['c', 20, 2, 'ffffoo'],
      ] as const) {
        const plugin = install(world, { file, durationMs, beats });
        if (plugin.lastRun) world.plugins.set(file, { ...plugin, lastRun: { ...plugin.lastRun, cpuS } });
      }
      install(world, { file: 'd', state: 'rejected', hasRun: false, reasons: [wrongMode('d')] });
      const opened = await openPage(browser, agent.url);
      const { page } = opened;
      const order = page.getByLabel('Order by');
      expect(await names(page)).toEqual(['d', 'a', 'b', 'c']);
      await order.selectOption('name');
      expect(await names(page)).toEqual(['a', 'b', 'c', 'd']);
      expect(await page.locator('.group:not([hidden]) h3').allTextContents()).toEqual(['All by name 4']);
      await order.selectOption('CPU');
      expect(await names(page)).toEqual(['a', 'c', 'b', 'd']);
      await order.selectOption('duration');
      expect(await names(page)).toEqual(['b', 'c', 'a', 'd']);
      install(world, { file: 'a', durationMs: 40, beats: 'oooooo' });
      await tick(opened, agent, 'a');
      expect(await names(page)).toEqual(['a', 'b', 'c', 'd']);
      await order.selectOption('last change');
      expect(await names(page)).toEqual(['c', 'b', 'a', 'd']);
      install(world, { file: 'd' });
      await tick(opened, agent, 'd');
      expect(await names(page)).toEqual(['d', 'c', 'b', 'a']);
      await page.reload();
      await page.locator('.row').nth(3).waitFor();
      expect(await order.inputValue()).toBe('changed');
    });

    test('while it is paused the page draws nothing new, says since when, and then shows all that came', async () => {
      const agent = await serve(longScene());
      const { page, row } = await openPage(browser, agent.url);
      await page.getByRole('button', { name: 'Pause' }).click();
      await page
        .locator('#pause')
        .getByText(/^paused since \d\d:\d\d:\d\d$/)
        .waitFor();
      const head = await page.locator('#agent').textContent();
      install(agent.world, { file: 'later.sh' });
      await page.evaluate(`new Promise((connected) => {
        const source = new EventSource('/events');
        source.addEventListener('status', connected);
        globalThis.heard = new Promise((heard) => source.addEventListener('change', () =>
          requestAnimationFrame(() => requestAnimationFrame(heard))));
      })`);
      agent.tell('later.sh');
      await page.evaluate('heard');
      expect(await row('later.sh').count()).toBe(0);
      expect(await page.locator('#agent').textContent()).toBe(head);
      await page.getByRole('button', { name: 'Continue' }).click();
      await row('later.sh').waitFor();
      expect(await page.locator('#pause span').textContent()).toBe('');
      await page.keyboard.press('p');
      await page.locator('#pause').getByText('paused since').waitFor();
    });

    test('keys filter, move, open, close and list themselves, but not while the reader types', async () => {
      const { page } = await openPage(browser, (await serve(longScene())).url);
      await page.keyboard.press('j');
      expect(await focused(page)).toBe('c_bad');
      await page.keyboard.press('j');
      await page.keyboard.press('ArrowDown');
      expect(await focused(page)).toBe('a_first');
      await page.keyboard.press('k');
      expect(await focused(page)).toBe('d_bad');
      await page.keyboard.press('Enter');
      await page.locator('#detail-title').getByText('d_bad').waitFor();
      await page.keyboard.press('?');
      const dialog = page.getByRole('dialog', { name: 'Keys' });
      await dialog.getByText('filter the plugins').waitFor();
      await page.keyboard.press('j'); // goes to nothing behind the dialog
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      expect(await page.locator('#detail').isVisible()).toBe(true);
      await page.keyboard.press('Escape');
      await page.locator('#sinks').waitFor();
      expect(await focused(page)).toBe('d_bad');
      await page.keyboard.press('/');
      await page.keyboard.type('b_1?jk/');
      expect(await page.getByLabel('Filter the plugins').inputValue()).toBe('b_1?jk/');
      expect(await dialog.isVisible()).toBe(false);
      await page.getByRole('button', { name: 'Keys' }).click();
      await dialog.getByRole('button', { name: 'Close' }).click();
      await dialog.waitFor({ state: 'hidden' });
    });

    test('a strip shows the last 60 ticks as bars of different height, and says them in words', async () => {
      const agent = await serve(makeWorld(nowS()));
      install(agent.world, { file: 'x', beats: `${'o'.repeat(57)}ssf` });
      install(agent.world, { file: 'y', beats: 'p' });
      install(agent.world, { file: 'z', beats: '', hasRun: false, state: 'pending' });
      const opened = await openPage(browser, agent.url);
      const { row } = opened;
      const words = (file: string) => row(file).locator('.beats title').textContent();
      expect(await words('x')).toBe('last 60 ticks: 57 reported, 2 skipped, 1 failed; the last: failed');
      expect(await words('y')).toBe('last tick: 1 in part; the last: in part');
      expect(await words('z')).toBe('no tick yet');
      const heights = await opened.page.evaluate<string[]>(
        `[...document.querySelectorAll('.row:first-child .beats path')].map((path) => getComputedStyle(path).strokeWidth)`,
      );
      expect(new Set(heights).size).toBe(3);
      install(agent.world, { file: 'x', beats: `${'o'.repeat(56)}ssfo` });
      await tick(opened, agent, 'x');
      expect(await words('x')).toBe('last 60 ticks: 57 reported, 2 skipped, 1 failed; the last: reported');
      expect(await opened.page.getByRole('img', { name: 'last tick: 1 in part' }).count()).toBe(1);
    });

    test('a sparkline shows the last value of its metric, and is asked for once a report, for rows in sight alone', async () => {
      const agent = await serve(crowdedScene(nowS(), 300));
      const { world } = agent;
      const file = 'check_0000.sh';
      world.units.set('web-1.check_0000.m0', 'ms\u202e');
      const opened = await openPage(browser, agent.url);
      const { page, row } = opened;
      const words = () => row(file).locator('.sparkline title').textContent();
      await expect.poll(words).toBe('m0: 0 ms\\u{202e}');
      expect(await row(file).locator('.sparkline path').getAttribute('d')).toMatch(/^M[\d. L]+$/);
      await tick(opened, agent);
      await page.locator('#plugin-charts .card').first().waitFor(); // all plugins were compared for the charts
      world.askedSparklines.length = 0;
      await tick(opened, agent); // at which no plugin has reported yet
      expect(world.askedSparklines).toEqual([]);
      for (const each of [file, 'check_0250.sh']) install(world, { file: each, stdout: 'm0 7\n' });
      agent.tell(file, 'check_0250.sh');
      await expect.poll(words).toBe('m0: 7 ms\\u{202e}');
      expect(world.askedSparklines).toEqual([[file]]);
      await page.locator('#list').evaluate((list) => list.scrollTo(0, 1e6));
      await expect.poll(() => world.askedSparklines.flat()).toContain('check_0299.sh');
      const asked = world.askedSparklines.flat();
      expect(new Set(asked).size).toBe(asked.length); // each once
      expect(asked).not.toContain('check_0150.sh'); // which was never in sight
    });

    test('where no history is kept, lines are asked for once', async () => {
      const agent = await serve(makeWorld(nowS()));
      const { world } = agent;
      world.historyOff = 'history = 0';
      install(world, { file: 'alone.sh' });
      const opened = await openPage(browser, agent.url, { forgiven: /404/ });
      const asked = () => world.askedSparklines.length;
      const report = async () => {
        install(world, { file: 'alone.sh' });
        await tick(opened, agent, 'alone.sh');
      };
      await expect.poll(asked).toBe(2); // the list, and the charts of plugins, which look three times
      await tick(opened, agent);
      for (const times of [3, 4]) {
        await report();
        await expect.poll(asked).toBe(times);
      }
      for (let at = 0; at < 3; at += 1) await report();
      expect(asked()).toBe(4);
    });

    test('printed, all rows have their strip and their line, and then only those in sight follow the agent', async () => {
      const agent = await serve(crowdedScene(nowS(), 200));
      const opened = await openPage(browser, agent.url);
      const { page, row } = opened;
      const drawn = (part: string) => page.locator(`.row ${part}`).count();
      expect(await row('check_0150.sh').locator('.beats title').count()).toBe(0);
      await page.emulateMedia({ media: 'print' });
      await expect.poll(() => drawn('.beats title')).toBe(200);
      await expect.poll(() => drawn('.sparkline path[d]')).toBe(200);
      const shown = page.locator('#pause button, .order, .hint, .card-head button').filter({ visible: true });
      expect(await shown.count()).toBe(0);
      await page.emulateMedia({ media: 'screen' });
      await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
      const changed = ['check_0001.sh', 'check_0150.sh'];
      for (const file of changed) install(agent.world, { file, beats: 'p' });
      await tick(opened, agent, ...changed);
      const words = changed.map((file) => row(file).locator('.beats title').textContent());
      expect((await Promise.all(words)).map((text) => text?.startsWith('last tick: 1 in part'))).toEqual([true, false]);
    });

    test('a request for sparklines has at most 60 names, and a plugin in a directory of its own has two', async () => {
      const agent = await serve(makeWorld(nowS()));
      for (let index = 0; index < 70; index += 1) install(agent.world, { file: `extra/x_${index}` });
      await openPage(browser, agent.url, { viewport: { width: 1280, height: 2600 } });
      const asked = () => agent.world.askedSparklines;
      const lengths = () => asked().map((names) => names.length);
      await expect.poll(() => lengths().toSorted()).toEqual([20, 20, 60, 60, 60, 60]); // of rows and of charts
      expect(new Set(asked().flat()).size).toBe(71); // and `extra`
    });

    test('a row shows what went wrong where its reasons do not, and no command for what the page shows itself', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const said = 'it exited with status 1; its last line on stderr: "no <b>route</b>"';
      install(agent.world, {
        file: 'a.sh',
        state: 'failing',
        status: 1,
        stderr: ['first', 'no <b>route</b>'],
        reasons: [reason('exit-status', said, 'instrument_server --state-dir /x status a.sh', 'true')],
      });
      install(agent.world, {
        file: 'b.sh',
        stdout: 'good 1\nnot good\n',
        reasons: [reason('some-bad-lines', 'it reports no more than its state')],
      });
      const { page, row } = await openPage(browser, agent.url);
      const evidence = (file: string) => row(file).locator('.evidence').allTextContents();
      expect(await evidence('ldap_check.py')).toEqual([
        'stderr: ConnectionRefusedError: [Errno 111] Connection refused',
      ]);
      expect(await evidence('b.sh')).toEqual(['line 2: not good']);
      expect(await evidence('a.sh')).toEqual([]);
      expect(await evidence('room_climate.sh')).toEqual([]);
      expect(await row('a.sh').locator('.command code').allTextContents()).toEqual(['true']);
      expect(await page.locator('#list b').count()).toBe(0);
    });

    test('the word for a state is the same in row and chip; a plugin whose trouble is muted is calm, and says until when', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const opened = await openPage(browser, agent.url);
      const { page, row } = opened;
      await page.getByRole('button', { name: '1 in part' }).click();
      expect(await page.locator('.row:not([hidden]) .word').allTextContents()).toEqual(['in part']);
      await page.getByRole('button', { name: '1 in part' }).click();
      const failing = agent.world.plugins.get('ldap_check.py');
      if (failing) agent.world.plugins.set('ldap_check.py', { ...failing, muted: { untilS: null } });
      await tick(opened, agent, 'ldap_check.py');
      expect(await page.getByRole('button', { name: 'failing' }).count()).toBe(0);
      expect(await row('ldap_check.py').locator('.word').getAttribute('class')).toBe('word calm');
      expect(await row('ldap_check.py').locator('.reason').count()).toBe(0);
      expect(await row('ldap_check.py').getByTitle('always muted').textContent()).toBe('always muted');
    });

    test('a click anywhere on the line of a plugin opens it', async () => {
      const { page, row } = await openPage(browser, (await serve(ordinaryScene(nowS()))).url);
      await row('redis_info.sh').locator('.num').first().click();
      await page.locator('#detail-title').getByText('redis_info.sh').waitFor();
    });

    test('axe-core finds no violation in the list and its dialog: light, dark, forced colours, wide, narrow, and text of double size', async () => {
      const agent = await serve(ordinaryScene(nowS()));
      const opened = await openPage(browser, agent.url);
      const { page, darkViolations } = opened;
      const violations = async () => {
        await page.evaluate('for (const each of document.getAnimations()) each.finish()'); // of colours
        return opened.violations();
      };
      await page.locator('.sparkline path[d^=M]').first().waitFor({ state: 'attached' });
      await page.keyboard.press('p');
      await page.keyboard.press('?');
      expect([await violations(), await darkViolations()]).toEqual([[], []]);
      await page.keyboard.press('Escape');
      for (const width of [1600, 1280, 360]) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ forcedColors: 'none' });
        expect([await violations(), await darkViolations()]).toEqual([[], []]);
        await page.emulateMedia({ forcedColors: 'active' });
        expect(await violations()).toEqual([]);
      }
      await page.emulateMedia({ forcedColors: 'none' });
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.evaluate('document.documentElement.style.fontSize = "200%"');
      expect(await violations()).toEqual([]);
      const boxes = await page.evaluate<[number, number][]>(
        `[...document.querySelectorAll('.line')].map((line) => [line.scrollWidth, line.clientWidth])`,
      );
      expect(boxes.filter(([content, room]) => content > room)).toEqual([]);
    });
  },
);
