import { get } from 'node:http';
import { cpuMs, readProcessMemory } from '../bench/process-cpu.ts';
import { median } from '../bench/statistics.ts';
import { missing, startBrowser } from '../test/browser/browser.ts';
import { pause, startSoakAgent } from './agent.ts';

const plugins = 40;
const intervalS = 30;
const ticks = 3;
const rounds = 3;
const mostPoints = 0.05; // of one core
const pages = 40;
const mostPagesWorth = 4;

/**
 * What open pages cost the agent, with 40 plugins and a tick each 30 s: one page in a real browser
 * takes at most 0.05 points of a core more than none. 40 pages, for which all is asked that the
 * real one asks for, take at most the memory of four.
 */
export async function costOfOpenPages(say: (line: string) => void): Promise<boolean | null> {
  if (missing !== null) {
    say(`left out: the browser lacks ${missing}`);
    return null;
  }
  const fixtures = Array.from({ length: plugins }, (_, n) => ['two-gauges', `plugin-${n}`] as const);
  const agent = startSoakAgent(fixtures, ['-r', String(intervalS), '--dashboard', '127.0.0.1:0']);
  const pid = agent.child.pid ?? 0;
  let link = '';
  let started = 0;
  agent.onEntry(({ event, url }) => {
    if (event === 'dashboard.started') link = String(url);
    if (event === 'tick.started') started += 1;
  });
  /** Waits until all is quiet again after the next tick. */
  const afterTick = async () => {
    const before = started;
    while (started === before) await pause(0.05);
    await pause(intervalS * 0.6);
  };
  /** CPU of the agent's own process for each tick, in ms. */
  const cpuATick = async () => {
    const before = cpuMs(pid);
    for (let tick = 0; tick < ticks; tick += 1) await afterTick();
    return (cpuMs(pid) - before) / ticks;
  };
  const { browser, close } = await startBrowser();
  try {
    for (let tick = 0; tick < ticks; tick += 1) await afterTick();
    const memoryOfNone = readProcessMemory(pid).rssMiB;
    const more: number[] = [];
    let asked: string[] = [];
    let memoryOfOne = 0;
    for (let round = 1; round <= rounds; round += 1) {
      const alone = await cpuATick();
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await page.goto(link);
      await afterTick(); // what opening it takes is not judged
      asked = [];
      page.on('request', (request) => asked.push(request.url()));
      const followed = await cpuATick();
      if (round === 1) memoryOfOne = readProcessMemory(pid).rssMiB;
      more.push((followed - alone) / (intervalS * 10)); // ms a tick, in hundredths of a core
      say(
        `round ${round}: ${alone.toFixed(1)} ms a tick, ${followed.toFixed(1)} with a page open, ` +
          `which asked ${(asked.length / ticks).toFixed(0)} times a tick`,
      );
      await page.close();
      await afterTick();
    }
    const memoryOfMany = await memoryOf40(link, asked, pid, afterTick);
    const worth = Math.max(memoryOfOne - memoryOfNone, 0.5);
    const times = (memoryOfMany - memoryOfNone) / worth;
    say(
      `a page takes ${median(more).toFixed(3)} points of a core (${mostPoints} allowed); memory ${memoryOfNone.toFixed(1)} MiB ` +
        `without, ${memoryOfOne.toFixed(1)} with one, ${memoryOfMany.toFixed(1)} with ${pages}: that of ${times.toFixed(1)} pages ` +
        `(${mostPagesWorth} allowed)`,
    );
    return median(more) <= mostPoints && times <= mostPagesWorth;
  } finally {
    await close();
    await agent.stop();
    agent.clean();
  }
}

/** Resident memory of the agent, in MiB, after two ticks with 40 pages, without browsers. */
async function memoryOf40(link: string, asked: readonly string[], pid: number, afterTick: () => Promise<void>) {
  const url = new URL(link);
  const withToken = (each: string) => `${each}${each.includes('?') ? '&' : '?'}${url.search.slice(1)}`;
  const ask = (each: string) => get(withToken(each), (response) => response.resume()).on('error', () => {}); // closed at the end
  const streams = Array.from({ length: pages }, () => ask(`${url.origin}/events`));
  for (let tick = 0; tick < 2; tick += 1) {
    await afterTick();
    for (let page = 0; page < pages; page += 1) for (const each of new Set(asked)) ask(each);
    await pause(3);
  }
  const { rssMiB } = readProcessMemory(pid);
  for (const stream of streams) stream.destroy();
  return rssMiB;
}
