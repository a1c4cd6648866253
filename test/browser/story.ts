import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const script = `#!/bin/sh
awk '/^Dirty:/ { print "dirty_kb", $2 }' /proc/meminfo
`;
const [firstS, laterS] = [4, 90];
const size = { width: 1120, height: 640 };
const shownWidth = 760;

/**
 * Takes a picture in two parts of a real agent's page: right after a script was saved, and a
 * minute and a half later. Takes that long.
 */
export async function takeStory(browser: Browser, path: string): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'story-'));
  const scripts = join(home, 'scripts');
  mkdirSync(scripts, { mode: 0o700 });
  const flags = ['-e', '-s', scripts, '--state-dir', join(home, 'state'), '-r', '1', '-H', 'web1'];
  const agent = spawn(process.execPath, [main, ...flags, '--dashboard', '127.0.0.1:0'], {
    env: { HOME: home, PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const page = await browser.newPage({ viewport: size, deviceScaleFactor: 1.5 });
    await page.goto(await linkOf(agent));
    await page.locator('#connection[data-state=live]').waitFor();
    writeFileSync(join(scripts, 'dirty_pages.sh'), script, { mode: 0o700 });
    await page.waitForTimeout(firstS * 1000);
    const first = await page.screenshot();
    await page.waitForTimeout((laterS - firstS) * 1000);
    await takeBoth(page, [first, await page.screenshot()], path);
    await page.close();
  } finally {
    agent.kill('SIGTERM');
    await once(agent, 'exit');
    rmSync(home, { recursive: true });
  }
}

async function linkOf(agent: ChildProcess): Promise<string> {
  if (agent.stdout === null) throw new Error('its output is not read');
  for await (const line of createInterface(agent.stdout)) {
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url !== undefined) {
      agent.stdout.resume();
      return url;
    }
  }
  throw new Error('the agent ended');
}

/** Puts two pictures side by side, each below what it shows. */
async function takeBoth(page: Page, pictures: readonly Buffer[], path: string): Promise<void> {
  const titles = [`A script is saved. ${firstS} seconds later:`, `${laterS} seconds later, its line moves:`];
  const parts = pictures.map(
    (picture, index) => `<figure><figcaption>${titles[index]}</figcaption>
      <img width="${shownWidth}" src="data:image/png;base64,${picture.toString('base64')}"></figure>`,
  );
  const shownHeight = Math.round((size.height * shownWidth) / size.width);
  await page.setViewportSize({ width: 2 * shownWidth + 60, height: shownHeight + 190 });
  await page.goto('about:blank');
  await page.setContent(`<style>
      body { margin: 20px; font: 15px system-ui, sans-serif; background: #fff; color: #111 }
      pre { margin: 0 0 14px; padding: 12px; background: #14171c; color: #e6e6e6; border-radius: 6px }
      main { display: flex; gap: 20px } figure { margin: 0 } figcaption { margin-bottom: 8px; font-weight: 600 }
      img { border: 1px solid #ccc; border-radius: 6px }
    </style>
    <pre>$ cat &gt; scripts/dirty_pages.sh &lt;&lt;'END'\n${script}END\n$ chmod 0700 scripts/dirty_pages.sh</pre>
    <main>${parts.join('')}</main>`);
  await page.waitForTimeout(300); // until the pictures are there
  await page.screenshot({ path });
}
