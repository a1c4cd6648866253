import { chmodSync, copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBrowser } from '../test/browser/browser.ts';
import { pause, startSoakAgent } from './agent.ts';

const rounds = 10;
const allowedMs = 2000;

/**
 * Measures from a change in the directory until a real browser shows it: a plugin that is dropped
 * in, and one that is rejected after a chmod, both within 2 s.
 */
export async function pageLatency(say: (line: string) => void): Promise<boolean> {
  const agent = startSoakAgent([], ['-r', '1', '--dashboard', '127.0.0.1:0']);
  let link = '';
  agent.onEntry((entry) => {
    if (entry['event'] === 'dashboard.started') link = String(entry['url']);
  });
  while (link === '') await pause(0.05);
  const { browser, close } = await startBrowser();
  const page = await (await browser.newContext()).newPage();
  await page.goto(link);
  const figures = new Map<string, number[]>();
  const timed = async (name: string, act: () => void, file: string, word: string) => {
    const startMs = performance.now();
    act();
    const row = page.locator('.row', { has: page.locator(`a.name:text-is(${JSON.stringify(file)})`) });
    await row.getByText(word).first().waitFor();
    figures.set(name, [...(figures.get(name) ?? []), performance.now() - startMs]);
  };
  for (let round = 0; round < rounds; round += 1) {
    const file = `p${round}`;
    const path = join(agent.scripts, file);
    const drop = () => {
      copyFileSync(fileURLToPath(new URL('../fixtures/plugins/two-gauges', import.meta.url)), path);
      chmodSync(path, 0o700);
    };
    await timed('dropped in, and seen', drop, file, file);
    await pause(1.3);
    await timed('chmod 755, and seen as rejected', () => chmodSync(path, 0o755), file, 'has mode 0755');
    rmSync(path);
    await pause(0.37);
  }
  await close();
  await agent.stop();
  agent.clean();
  for (const [name, all] of figures) say(`${name}: ${all.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  return Math.max(...[...figures.values()].flat()) < allowedMs;
}
