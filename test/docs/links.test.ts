import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { allPages, anchorsOf, linkTargets, pageText, projectRoot } from '../helpers/pages.ts';

/** The hosts that pages may name in a URL, each with the reason. */
const knownHosts: readonly (readonly [host: RegExp, reason: string])[] = [
  [/^(127\.0\.0\.1|localhost)$/, 'the reader’s own host'],
  [/^([\w-]+\.)*example(\.com)?$/, 'reserved for examples (RFC 2606)'],
  [/^agent$/, 'stands for the agent behind its socket, where any name will do'],
  [/^host$/, 'a placeholder'],
];

const urls = allPages.flatMap((path) =>
  [...pageText(path).matchAll(/\b[a-z]+:\/\/[^\s`'"<>|)]+/g)].flatMap(([url]) =>
    /^https?:/.test(url) ? [{ path, url, host: /^https?:\/\/(?:[^/@]*@)?([^/:[]+)/.exec(url)?.[1] ?? '' }] : [],
  ),
);

test.each(allPages)('every link to a file in %s leads to one, and to a heading that is there', (page) => {
  const targets = linkTargets(pageText(page)).filter((target) => !/^[a-z]+:/.test(target));
  const broken = targets.filter((target) => {
    const [file = '', heading] = target.split('#');
    const path = file === '' ? page : join(dirname(page), file);
    if (!existsSync(join(projectRoot, path))) return true;
    return heading !== undefined && !anchorsOf(pageText(path)).includes(heading);
  });
  expect(broken).toEqual([]);
});

test('no page names a host of the internet that is not known to the project', () => {
  expect(urls.filter(({ host }) => !knownHosts.some(([known]) => known.test(host)))).toEqual([]);
});

test('every host that pages may name is named by one', () => {
  const unused = knownHosts.filter(([known]) => !urls.some(({ host }) => known.test(host)));
  expect(unused).toEqual([]);
});

test('the README has a link to every page but those about single decisions, and to the folder of these', () => {
  const listed = linkTargets(pageText('README.md')).map((target) => target.split('#')[0]);
  const pages = allPages.filter((path) => path !== 'README.md' && !path.startsWith('docs/decisions/'));
  expect([...pages, 'docs/decisions/'].filter((path) => !listed.includes(path))).toEqual([]);
});

test('a heading gets the anchor that readers of the page see in their browser', () => {
  const page = '# A `b_c`, and [d](e.md)!\n\n```sh\n# no heading\n```\n\n## Über uns\n## Twice\n## Twice\n';
  expect(anchorsOf(page)).toEqual(['a-b_c-and-d', 'über-uns', 'twice', 'twice-1']);
});
