import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceVersion } from '../contents.ts';
import { manPages } from './pages.ts';

/**
 * `tsx packaging/man/write.ts DIR` writes the pages for `man` into a folder. `npm pack` does so,
 * and `package.json` names them.
 */
const [folder = '.'] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
for (const { name, text } of manPages(sourceVersion(fileURLToPath(new URL('../..', import.meta.url)))))
  writeFileSync(join(folder, name), text);
