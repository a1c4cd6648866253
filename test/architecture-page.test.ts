import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');

/**
 * The modules of the program. Those of the page are left out: its part of the page names only
 * some.
 */
const modules = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('dashboard/web/'))
  .map((path) => `src/${path}`);

/**
 * The modules that the page names: whole paths anywhere, and names in the part of a folder, which
 * begins with that folder.
 */
function namedModules(): ReadonlySet<string> {
  const whole = [...page.matchAll(/`(src\/[\w./-]+\.ts)`/g)].flatMap(([, path]) => path ?? []);
  const ofFolders = page.split(/^#+ /m).flatMap((part) => {
    const [, folder] = /^[^|`]*`(src\/(?:[\w-]+\/)*)`/.exec(part) ?? [];
    if (folder === undefined) return [];
    return [...part.matchAll(/`((?!src\/|test\/)[\w/-]+\.ts)`/g)].map(([, name]) => `${folder}${name}`);
  });
  return new Set([...whole, ...ofFolders].filter((path) => !path.startsWith('src/dashboard/web/')));
}

test('docs/architecture.md names every module outside the page, and no other', () => {
  expect([...namedModules()].sort()).toEqual(modules.sort());
});
