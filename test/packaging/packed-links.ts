import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { linkTargets } from '../helpers/pages.ts';

/** What pages link to and packages for a system leave out, each with the reason. */
const leftOut: readonly (readonly [path: string, reason: string])[] = [
  ['LICENSE', 'its text is in `copyright`, where Debian wants it'],
  ['docs/screenshot.png', 'as large as all the text together, and packages have no pictures'],
  ['docs/first-plugin.png', 'a picture, too'],
];

/**
 * Returns the links between pages that lead nowhere in the folder `docs` of an unpacked package, as
 * `PAGE: TARGET`. Those that are left out on purpose are not among them.
 */
export function brokenLinks(docs: string): readonly string[] {
  const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));
  return pages.sort().flatMap((page) =>
    linkTargets(readFileSync(join(docs, page), 'utf8'))
      .map((target) => target.split('#')[0] ?? '')
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
      .map((target) => relative(docs, join(docs, dirname(page), target)))
      .filter((path) => !existsSync(join(docs, path)) && !leftOut.some(([exception]) => path === exception))
      .map((path) => `${page}: ${path}`),
  );
}
