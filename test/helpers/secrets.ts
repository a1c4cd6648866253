import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

const mark = 'zQ7sEcReT';

/**
 * The secrets that tests give to the program and to sinks. They are looked for in everything the
 * suite writes, so a test that must show a key takes another one.
 */
export const secrets = {
  apiKey: `${mark}apikey97e1d2`,
  token: `${mark}token41b6c3f9`,
  password: `${mark}password2d7e`,
} as const;

/**
 * The mark as it is, and as base64 holds it wherever in a longer text it begins: a login goes over
 * the wire as the base64 of `user:password`.
 */
const forms: readonly string[] = [mark, ...[0, 1, 2].map(base64Of)];

/**
 * The characters of base64 that the mark alone decides when `offset` bytes (modulo 3) stand before
 * it.
 */
function base64Of(offset: number): string {
  const encoded = Buffer.from('\0'.repeat(offset) + mark).toString('base64');
  return encoded.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + mark.length) * 8) / 6));
}

/** Where a secret stands in a text, with a little of what is around it; null: nowhere. */
export function secretIn(text: string): string | null {
  const places = forms.map((form) => text.indexOf(form)).filter((place) => place !== -1);
  return places.length === 0 ? null : text.slice(Math.max(0, Math.min(...places) - 40), Math.min(...places) + 40);
}

/** Looks for secrets in a stream, across its chunks; `found` is the first place. */
export function watchForSecrets(): { take(text: string): void; found(): string | null } {
  let found: string | null = null;
  let tail = '';
  return {
    found: () => found,
    take(text) {
      found ??= secretIn(tail + text);
      tail = text.slice(-mark.length * 2);
    },
  };
}

/**
 * Every place below `dir` where a secret stands, in a name or in the bytes of a file.
 * Configuration that a test has written may hold one: a file whose name ends in `.ini`, `.yml` or
 * `.yaml` is passed over. So is what can't be read.
 */
export function secretsBelow(dir: string): readonly string[] {
  return entriesOf(dir).flatMap((name) => {
    const path = join(dir, name);
    const inName = secretIn(name) === null ? [] : [`the name of ${path}`];
    const kind = lstatSync(path, { throwIfNoEntry: false });
    if (kind?.isDirectory()) return [...inName, ...secretsBelow(path)];
    if (/\.(ini|ya?ml)$/.test(name)) return inName;
    const text = kind?.isFile()
      ? attempt(() => readFileSync(path, 'latin1'))
      : kind?.isSymbolicLink()
        ? attempt(() => readlinkSync(path))
        : null;
    const around = text === null ? null : secretIn(text);
    return around === null ? inName : [...inName, `${path}: ${JSON.stringify(around)}`];
  });
}

function entriesOf(dir: string): readonly string[] {
  return attempt(() => readdirSync(dir)) ?? [];
}

function attempt<Value>(look: () => Value): Value | null {
  try {
    return look();
  } catch {
    return null;
  }
}
