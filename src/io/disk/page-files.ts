import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { err, ok, type Result } from '../../model/result.ts';
import { quoted } from '../../words/shell-words.ts';
import { codeOf } from '../errors.ts';

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/**
 * Reads a file of the page, which the build puts into `web` beside the program: `/` is
 * `index.html`, `/web/app.js` is `app.js`. Null if there is no such file. Never throws.
 */
export function readPageFile(path: string): { readonly type: string; readonly body: Uint8Array } | null {
  const name = path === '/' ? 'index.html' : /^\/web\/([\w-]+\.\w+)$/.exec(path)?.[1];
  const type = contentTypes[name?.split('.').at(-1) ?? ''];
  if (name === undefined || type === undefined) return null;
  try {
    return { type, body: readFileSync(fileURLToPath(new URL(`../web/${name}`, import.meta.url))) };
  } catch {
    return null;
  }
}

/**
 * Returns the random token in a file, which is made with mode 0600 if it is missing. An error is a
 * sentence for the user.
 */
export function keptToken(path: string): Result<string, string> {
  try {
    writeFileSync(path, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') {
      removeQuietly(path); // a full disk takes a file, and nothing in it
      return err(`the token of the page can't be written to ${path} (${codeOf(error)})`);
    }
  }
  try {
    const token = readFileSync(path, 'utf8').trim();
    return /^[\w-]{16,}$/.test(token) ? ok(token) : err(`${path} holds no token; rm ${quoted(path)}`);
  } catch (error) {
    return err(`the token of the page can't be read from ${path} (${codeOf(error)})`);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // it can't be there either
  }
}
