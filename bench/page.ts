import type { CDPSession } from 'playwright-core';
import { missing, startBrowser } from '../test/browser/browser.ts';
import { makeBelieveAgent } from '../test/browser/make-believe-agent.ts';
import { report } from '../test/browser/report.ts';
import { crowdedScene } from '../test/browser/scenes.ts';
import type { Bench, Limit } from './section.ts';
import { median, spread } from './statistics.ts';

/**
 * The cost of the page, in ms: until all plugins are painted, and of the main thread at an update
 * that changes each plugin, and at one that changes ten.
 */
type PageCost = {
  readonly paintedMs: readonly number[];
  readonly updateMs: readonly number[];
  readonly smallUpdateMs: readonly number[];
};

const updates = 5;
const rounds = 3;
const plugins = 1000;

/** Measures the page in a real browser. */
export const page: Bench = {
  name: 'page',
  title: `The page with ${plugins.toLocaleString('en')} plugins`,
  async run(say) {
    if (missing !== null) return { text: `Not measured: the browser lacks ${missing}.`, limits: [] };
    const { paintedMs, updateMs, smallUpdateMs } = await pageCost(plugins, rounds);
    say(`page: painted ${spread(paintedMs, 0)} ms, update ${spread(updateMs, 0)} ms`);
    const text = `The built page in headless Chromium, without a graphics card, with a simulated agent. "Main thread" is all
of its work, from parsing the data to painting. Each plugin has a strip of its last 60 ticks, which
every update changes, and those in sight have a line of their samples, which is fetched at each
update.

- ${spread(paintedMs, 0)} ms until all plugins are on the screen, from the beginning of the navigation
- ${spread(updateMs, 0)} ms of main thread at an update that changes every plugin
- ${spread(smallUpdateMs, 0)} ms at one that changes ten`;
    const limit = (what: string, measured: readonly number[], allowed: number): Limit => {
      return {
        what: `page with ${plugins} plugins: ${what}`,
        measured: median(measured),
        allowed,
        unit: ' ms',
        digits: 0,
      };
    };
    return { text, limits: [limit('painted', paintedMs, 400), limit('update of all', updateMs, 50)] };
  },
};

/**
 * Opens the built page in the browser of the tests, `rounds` times, with a simulated agent of
 * `made` plugins.
 */
async function pageCost(made: number, rounds: number): Promise<PageCost> {
  const { browser, close } = await startBrowser();
  const agent = await makeBelieveAgent(crowdedScene(Date.now() / 1000, made));
  const files = [...agent.world.plugins.keys()];
  const [paintedMs, updateMs, smallUpdateMs]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript({
      content: `globalThis.painted = new Promise((resolve) => new PerformanceObserver(() =>
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now())))).observe({ type: 'measure' }));`,
    });
    await page.goto(agent.url);
    paintedMs.push(await page.evaluate<number>('painted'));
    await page.waitForTimeout(1500); // until the charts have arrived
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const change = async (changed: readonly string[]) => {
      report(agent.world, changed);
      const before = await mainThreadMs(session);
      agent.tell(...changed);
      await page.waitForTimeout(400);
      return (await mainThreadMs(session)) - before;
    };
    for (let update = 0; update < updates; update += 1) {
      updateMs.push(await change(files));
      smallUpdateMs.push(await change(files.slice(update * 10, update * 10 + 10)));
    }
    await page.close();
  }
  await agent.stop();
  await close();
  return { paintedMs, updateMs, smallUpdateMs };
}

async function mainThreadMs(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
}
