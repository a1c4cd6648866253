import { chmodSync, copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The absolute path of something below `fixtures/`. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
}

/**
 * Copies `fixtures/plugins/NAME` into `dir` with the given mode (git keeps none but 0755), under
 * its own name or another.
 */
export function installPlugin(dir: string, name: string, { as = name, mode = 0o700 } = {}): string {
  const path = join(dir, as);
  copyFileSync(fixture(`plugins/${name}`), path);
  chmodSync(path, mode);
  return path;
}

/**
 * Writes a script whole in one step, as `mv` does: no one ever sees half of it. The name must not
 * be one of the ignored ones.
 */
export function writePlugin(dir: string, name: string, body: string, mode = 0o700): string {
  const path = join(dir, name);
  const temporary = join(dir, '.being-written');
  writeFileSync(temporary, body);
  chmodSync(temporary, mode);
  renameSync(temporary, path);
  return path;
}
