import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A package of the npm registry: exactly this version, with these bytes. */
export type NpmPackage = { readonly name: string; readonly version: string; readonly integrity: string };

/** Where packages are kept, below the root of the source. git ignores it. */
export const npmFolder = 'build/npm';

/**
 * Gets a package from the registry, for a machine of any kind, and unpacks it below `cache`.
 * Nothing in it is run. Returns its folder. Throws if the bytes are not those that `integrity`
 * says.
 */
export function npmPackage({ name, version, integrity }: NpmPackage, cache: string): string {
  const folder = join(cache, `${name.replace('/', '+')}@${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, '.fetching-'));
  try {
    execFileSync('npm', ['pack', '--silent', '--prefer-offline', '--pack-destination', work, `${name}@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const packed = join(work, readdirSync(work)[0] ?? '');
    const found = `sha512-${createHash('sha512').update(readFileSync(packed)).digest('base64')}`;
    if (found !== integrity)
      throw new Error(`${name} ${version} has the hash ${found}, and not ${integrity}; nothing is built from it`);
    execFileSync('tar', ['-xzf', packed, '-C', work]);
    keep(join(work, 'package'), folder);
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Moves it there, unless another process that fetched the same was quicker. */
function keep(unpacked: string, folder: string): void {
  try {
    renameSync(unpacked, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}
