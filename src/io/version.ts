import { readFileSync } from 'node:fs';

/** The agent's own version, `2.0.0`, from its package file, which lies one folder above the built code and two above this one. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? '0.0.0';
}
