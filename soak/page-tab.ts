import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { descendants } from '../bench/process-cpu.ts';
import { missing, unpackBrowser } from '../test/browser/browser.ts';
import { makeBelieveAgent } from '../test/browser/make-believe-agent.ts';
import { report } from '../test/browser/report.ts';
import { crowdedScene } from '../test/browser/scenes.ts';
import { pause } from './agent.ts';

const plugins = 1000;
const ticks = Number(process.env['TICKS'] ?? 3600);
const tickS = Number(process.env['TICK_S'] ?? 1);
const mostMb = 120;

/**
 * The memory of a page with 1,000 plugins in an hour of ticks at 1 s that change all of them: at
 * most 120 MB in its process, as the browser counts it. `TICKS` and `TICK_S`
 * make it shorter. No tool follows the browser, since that would keep what the page receives.
 */
export async function pageTab(say: (line: string) => void): Promise<boolean | null> {
  if (missing !== null) {
    say(`left out: the browser lacks ${missing}`);
    return null;
  }
  const agent = await makeBelieveAgent(crowdedScene(Date.now() / 1000, plugins));
  const { executablePath, args, env, remove } = await unpackBrowser();
  const flags = [...args, '--window-size=1440,900', '--remote-debugging-port=0'];
  const browser = spawn(executablePath, [...flags, agent.url], { env, stdio: 'ignore' });
  const memoryMb = () => Math.max(...descendants(browser.pid ?? 0).map(pageMemoryMb));
  try {
    await pause(10);
    const figures = [memoryMb()];
    for (let tick = 1; tick <= ticks; tick += 1) {
      report(agent.world, agent.world.plugins.keys());
      agent.tell(...agent.world.plugins.keys());
      await pause(tickS);
      if (tick % Math.ceil(ticks / 12) === 0) figures.push(memoryMb());
    }
    const most = Math.max(...figures);
    say(
      `${plugins} plugins, ${ticks} ticks: ${figures.map((mb) => mb.toFixed(0)).join(', ')} MB, ` +
        `${most.toFixed(0)} at most (${mostMb} allowed)`,
    );
    return most <= mostMb;
  } finally {
    const ended = once(browser, 'exit');
    browser.kill('SIGTERM');
    await ended;
    await agent.stop();
    remove();
  }
}

/**
 * Memory of the process of a page, in MB, as the browser's own task manager counts it: what is not
 * a part of a file, such as the program. 0: it is another process.
 */
function pageMemoryMb(pid: number): number {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('--type=renderer')) return 0;
    const text = readFileSync(`/proc/${pid}/status`, 'latin1');
    const of = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
    return ((of('RssAnon') + of('VmSwap')) * 1024) / 1e6;
  } catch {
    return 0; // it has ended
  }
}
