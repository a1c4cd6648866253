import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** Of the arguments that the package advises: those that would let pass what a real browser refuses, and one process for all, which dies with its first page. */
const unwanted: readonly string[] = ['--disable-web-security', '--allow-running-insecure-content', '--single-process'];

/** A headless browser that an npm package carries, with a home of its own. It asks nobody anything but what a page asks. The caller closes it. */
export async function startBrowser(): Promise<Browser> {
  const home = mkdtempSync(join(tmpdir(), 'instrument-browser-'));
  const browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [...chromium.args.filter((argument) => !unwanted.includes(argument)), '--disable-background-networking'],
    env: { PATH: process.env['PATH'] ?? '', HOME: home, TZ: process.env['TZ'] ?? 'UTC' },
  });
  browser.on('disconnected', () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
  return browser;
}
