import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { startBrowser } from './browser.ts';
import { makeBelieveAgent, type World } from './make-believe-agent.ts';
import {
  brokenScene,
  crowdedScene,
  fewScene,
  firstMinuteScene,
  ordinaryScene,
  suspendedScene,
  weekScene,
} from './scenes.ts';
import { takeStory } from './story.ts';
import { makeWorld } from './world.ts';

/**
 * `npm run screenshots` takes pictures of the page for a person to look at, in
 * `build/screenshots/`, and those of the README, `readme` and `story`, in `docs/`. Names of
 * pictures as arguments take only those.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'build', 'screenshots');
mkdirSync(folder, { recursive: true });

type Shot = {
  readonly name: string;
  readonly world: World;
  readonly dark?: boolean;
  readonly size?: readonly [width: number, height: number];
  readonly hash?: string;
  /** The page's path, without the leading slash. */
  readonly at?: string;
  readonly path?: string;
  /** A picture of the whole page, as on paper. */
  readonly isPrinted?: boolean;
  readonly act?: (page: Page) => Promise<void>;
};

const phone = [390, 780] as const;
const nowS = Date.now() / 1000;
const ordinary = ordinaryScene(nowS);
const shots: readonly Shot[] = [
  { name: 'light', world: ordinary },
  { name: 'readme', world: ordinary, size: [1240, 740], path: join(root, 'docs', 'screenshot.png') },
  { name: 'dark', world: ordinary, dark: true },
  { name: 'detail', world: ordinary, hash: '#plugin=mysql_status.rb' },
  { name: 'detail-of-trouble', world: ordinary, hash: '#plugin=ldap_check.py', dark: true },
  { name: 'bad-lines', world: ordinary, hash: '#plugin=room_climate.sh' },
  { name: 'day', world: ordinary, act: (page) => page.getByRole('button', { name: 'day', exact: true }).click() },
  { name: 'phone', world: ordinary, size: phone },
  { name: 'phone-dark', world: ordinary, size: phone, dark: true },
  {
    name: 'phone-charts',
    world: ordinary,
    size: phone,
    act: (page) => page.getByRole('tab', { name: 'Charts' }).click(),
  },
  {
    name: 'phone-sinks',
    world: ordinary,
    size: phone,
    act: (page) => page.getByRole('tab', { name: 'Sinks' }).click(),
  },
  { name: 'phone-detail', world: ordinary, size: phone, hash: '#plugin=room_climate.sh' },
  { name: 'phone-detail-dark', world: ordinary, size: phone, hash: '#plugin=ldap_check.py', dark: true },
  { name: 'phone-200', world: crowdedScene(nowS, 200), size: phone },
  { name: 'printed', world: ordinary, size: phone, isPrinted: true },
  { name: 'thousand', world: crowdedScene(nowS, 1000) },
  { name: 'broken', world: brokenScene(nowS) },
  { name: 'broken-dark', world: brokenScene(nowS), dark: true },
  { name: 'phone-broken', world: brokenScene(nowS), size: phone },
  { name: 'hung', world: ordinary, hash: '#plugin=nfs_latency.sh' },
  { name: 'suspended', world: suspendedScene(nowS) },
  { name: 'phone-suspended', world: suspendedScene(nowS), size: phone },
  { name: 'suspended-dark', world: suspendedScene(nowS), hash: '#plugin=nfs_latency.sh', dark: true },
  { name: 'wall', world: ordinary, at: 'wall', size: [1920, 1080] },
  { name: 'wall-dark', world: ordinary, at: 'wall', size: [1920, 1080], dark: true },
  { name: 'wall-200', world: crowdedScene(nowS, 200), at: 'wall', size: [1920, 1080], dark: true },
  { name: 'wall-broken', world: brokenScene(nowS), at: 'wall', size: [1920, 1080] },
  { name: 'empty', world: makeWorld(nowS) },
  { name: 'first-minute', world: firstMinuteScene(nowS) },
  {
    name: 'week',
    world: weekScene(nowS),
    act: (page) => page.getByRole('button', { name: 'week', exact: true }).click(),
  },
  { name: 'five', world: fewScene(nowS) },
  { name: 'two-hundred', world: crowdedScene(nowS, 200) },
];

const { browser, close } = await startBrowser();
const chosen = process.argv.slice(2);
for (const {
  name,
  world,
  dark = false,
  size = [1440, 900],
  hash = '',
  at = '',
  path = join(folder, `${name}.png`),
  isPrinted = false,
  act,
} of shots) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const agent = await makeBelieveAgent(world);
  const page = await browser.newPage({
    viewport: { width: size[0], height: size[1] },
    colorScheme: dark ? 'dark' : 'light',
  });
  await page.goto(`${agent.url}${at}${hash}`);
  await act?.(page);
  await page.locator('#connection[data-state=live]').waitFor();
  if (isPrinted) await page.emulateMedia({ media: 'print' });
  await page.waitForTimeout(700); // until the charts are drawn; no test depends on it
  await page.screenshot({ path, fullPage: isPrinted });
  await page.close();
  await agent.stop();
}
if (chosen.length === 0 || chosen.includes('story')) await takeStory(browser, join(root, 'docs', 'first-plugin.png'));
await close();
