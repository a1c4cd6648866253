import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';

/** A page of a browser that is looked at for the length of a test. */
export type OpenPage = {
  readonly page: Page;
  /** A plugin's row in the list. */
  row(file: string): Locator;
  /** What axe-core finds against WCAG A and AA: rule and where. */
  violations(): Promise<readonly string[]>;
};

/** `forgiven`: what the browser itself logs of something done on purpose, which is no error of the page. */
export type PageOptions = BrowserContextOptions & { readonly forgiven?: RegExp };

const rules = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };

/**
 * Opens an address in a browser without a past. When the test is over it fails if the page has logged an error, thrown one, run into its own security policy, or asked
 * anybody but its own origin.
 */
export async function openPage(
  browser: Browser,
  url: string,
  { forgiven, ...options }: PageOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 1000 },
    colorScheme: 'light',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const [errors, asked]: [string[], Set<string>] = [[], new Set()];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (!forgiven?.test(message.text())) errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('request', (request) => asked.add(new URL(request.url()).origin));
  onTestFinished(async () => {
    await context.close();
    expect(errors).toEqual([]);
    expect([...asked]).toEqual([new URL(url).origin]);
  });
  await page.goto(url);
  await page.locator('#agent', { hasText: 'a tick every' }).waitFor(); // all is drawn in one go
  return {
    page,
    row: (file) => page.locator('.row', { has: page.locator(`a.name:text-is(${JSON.stringify(file)})`) }),
    async violations() {
      await page.evaluate(axe.source); // here, for it is long, and most pages are not asked
      const found = await page.evaluate<AxeResults>(`axe.run(document, { runOnly: ${JSON.stringify(rules)} })`);
      return found.violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
      );
    },
  };
}
