import { readFileSync } from 'node:fs';

/**
 * Returns the agent's version, `2.0.0`, from the package file. It is two folders above this file,
 * also in the built program (`dist/agent`).
 */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? '0.0.0';
}
