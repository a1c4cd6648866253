import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the whole project; ends in a slash. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** The paths of all pages that people read, from the root of the project. */
export const allPages: readonly string[] = [
  ...readdirSync(projectRoot).filter((name) => /^[A-Z]+\.md$/.test(name)),
  'examples/README.md',
  ...readdirSync(join(projectRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`),
].sort();

/** Returns the text of a page. */
export function pageText(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

/** A block of code: the word behind its fence (`sh`, or an empty text) and what is in it. */
export type CodeBlock = { readonly language: string; readonly text: string };

/** Returns the blocks of code of a page, without the indentation that a list gives them. */
export function codeBlocks(page: string): readonly CodeBlock[] {
  return [...page.matchAll(fenced)].map(([, indent = '', language = '', text = '']) => ({
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

const fenced = /^( *)```(\w*)\n(.*?)^ *```$/gms;

/** Returns a page without its blocks of code. */
function withoutBlocks(page: string): string {
  return page.replaceAll(fenced, '');
}

/** Returns what is in single backquotes, outside of blocks of code. */
export function spansOf(page: string): readonly string[] {
  return [...withoutBlocks(page).matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.replaceAll(/\s*\n\s*/g, ' '));
}

/** Returns the anchors that the headings of a page get; a second one of a name ends in `-1`. */
export function anchorsOf(page: string): readonly string[] {
  const anchors = new Set<string>();
  for (const [, title = ''] of withoutBlocks(page).matchAll(/^#{1,6} (.*)$/gm)) {
    const text = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim();
    const anchor = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\s-]/gu, '')
      .replaceAll(' ', '-');
    let [next, count] = [anchor, 0];
    while (anchors.has(next)) next = `${anchor}-${++count}`;
    anchors.add(next);
  }
  return [...anchors];
}

/** Returns the targets of the links and pictures of a page, in any of Markdown's forms. */
export function linkTargets(page: string): readonly string[] {
  const prose = withoutBlocks(page).replaceAll(/`[^`]*`/g, '``');
  return [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\[[^\]]+\]:\s*(\S+)/gm)].map(
    ([, inline, reference]) => inline ?? reference ?? '',
  );
}
