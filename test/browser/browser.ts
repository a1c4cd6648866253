import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/**
 * Arguments that the package advises and that are left out: two switch off checks of a real
 * browser, and with a single process the browser would die with its first page.
 */
const unwanted: readonly string[] = ['--disable-web-security', '--allow-running-insecure-content', '--single-process'];

/** The library that this system lacks for a browser; null: none. */
export const missing: string | null = hasLibrary('libnss3.so') ? null : 'libnss3';

/** A browser, and the function that ends it. */
export type RunningBrowser = { readonly browser: Browser; close(): Promise<void> };

/** What starts a browser that has a folder to itself. `remove` removes that folder. */
export type BrowserProgram = {
  readonly executablePath: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
};

/**
 * Unpacks the headless browser of an npm package into a private folder, because the package's own
 * place is one where any user of the machine could put another browser. That folder is the
 * browser's home, too. It sends no requests but those of its pages.
 */
export async function unpackBrowser(): Promise<BrowserProgram> {
  const home = mkdtempSync(join(tmpdir(), 'instrument-browser-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = home; // where the package unpacks to
  chromium.setGraphicsMode = false;
  const executablePath = await chromium.executablePath();
  if (before === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = before;
  return {
    executablePath,
    args: [...chromium.args.filter((argument) => !unwanted.includes(argument)), '--disable-background-networking'],
    env: { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home },
    remove: () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Starts a browser. */
export async function startBrowser(): Promise<RunningBrowser> {
  const { executablePath, args, env, remove } = await unpackBrowser();
  const browser = await playwright.launch({ executablePath, args: [...args], env });
  return {
    browser,
    async close() {
      await browser.close();
      remove();
    },
  };
}

function hasLibrary(name: string): boolean {
  const folders = ['/usr/lib', '/usr/lib64', '/lib', ...readdirSync('/usr/lib').map((folder) => `/usr/lib/${folder}`)];
  return folders.some((folder) => existsSync(join(folder, name)));
}
