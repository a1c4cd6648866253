import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** Of the arguments that the package advises: those that would let pass what a real browser refuses, and one process for all, which dies with its first page. */
const unwanted: readonly string[] = ['--disable-web-security', '--allow-running-insecure-content', '--single-process'];

/** What the system lacks for a browser; null: nothing. */
export const missing: string | null = hasLibrary('libnss3.so') ? null : 'libnss3';

/** A browser, and how to end it. */
export type RunningBrowser = { readonly browser: Browser; close(): Promise<void> };

/**
 * The headless browser that an npm package carries. It is unpacked into a private folder, for its package would leave it where anybody on the machine may put one,
 * and that folder is its home, too. It asks nobody anything but what a page asks.
 */
export async function startBrowser(): Promise<RunningBrowser> {
  const home = mkdtempSync(join(tmpdir(), 'instrument-browser-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = home; // where the package unpacks to
  chromium.setGraphicsMode = false;
  const executablePath = await chromium.executablePath();
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  const browser = await playwright.launch({
    executablePath,
    args: [...chromium.args.filter((argument) => !unwanted.includes(argument)), '--disable-background-networking'],
    env: { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home },
  });
  return {
    browser,
    async close() {
      await browser.close();
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function hasLibrary(name: string): boolean {
  const folders = ['/usr/lib', '/usr/lib64', '/lib', ...readdirSync('/usr/lib').map((folder) => `/usr/lib/${folder}`)];
  return folders.some((folder) => existsSync(join(folder, name)));
}
