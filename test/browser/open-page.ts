import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { type MakeBelieveAgent, makeBelieveAgent, type World } from './make-believe-agent.ts';

/** Serves the page of an agent with this world until the test is over. */
export async function serve(world: World): Promise<MakeBelieveAgent> {
  const agent = await makeBelieveAgent(world);
  onTestFinished(agent.stop);
  return agent;
}

/** A page that is open for the length of a test. */
export type OpenPage = {
  readonly page: Page;
  /** A plugin's row in the list. */
  row(file: string): Locator;
  /** The violations of WCAG A and AA that axe-core finds: rule and place. */
  violations(): Promise<readonly string[]>;
  /** Those of its colours in the dark page. */
  darkViolations(): Promise<readonly string[]>;
};

/** `forgiven` matches messages that the browser logs because of what the test does on purpose. */
export type PageOptions = BrowserContextOptions & { readonly forgiven?: RegExp };

const rules = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
const rulesOfColours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

/**
 * Opens an address in a browser without cookies and storage. When the test is over it fails if the
 * page logged or threw an error, broke its own security policy, or sent a request to another
 * origin.
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
  const [errors, origins]: [string[], Set<string>] = [[], new Set()];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (!forgiven?.test(message.text())) errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  onTestFinished(async () => {
    await context.close();
    expect(errors).toEqual([]);
    expect([...origins]).toEqual([new URL(url).origin]);
  });
  await page.goto(url);
  await page.locator('#agent', { hasText: 'a tick every' }).waitFor(); // the first status is drawn all at once
  return {
    page,
    row: (file) => page.locator('.row', { has: page.locator(`a.name:text-is(${JSON.stringify(file)})`) }),
    violations: () => violationsOf(page),
    darkViolations: () => darkViolationsOf(page),
  };
}

/** The violations of WCAG A and AA that axe-core finds on a page: rule and place. */
export function violationsOf(page: Page): Promise<readonly string[]> {
  return axeViolations(page, rules);
}

/**
 * The violations on the page in its dark colours. It differs from the light one in colours alone,
 * so that only the rules for these are looked at.
 */
async function darkViolationsOf(page: Page): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' }); // colours change at once
  const found = await axeViolations(page, rulesOfColours);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.evaluate('document.body.offsetHeight'); // the colours are light again before they may change slowly
  await page.emulateMedia({ reducedMotion: null });
  return found;
}

async function axeViolations(page: Page, runOnly: object): Promise<readonly string[]> {
  await page.evaluate(axe.source); // only here: it is long, and few tests need it
  const found = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify({ runOnly })})`);
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}
