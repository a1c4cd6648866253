import { type IniEntry, type IniText, isUnreadable, unreadableLine } from './ini.ts';
import type { Problem } from './problem.ts';

/** What one line of the file means. */
type KeyFileLineMeaning =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'key'; readonly value: string }
  | { readonly kind: 'misfit'; readonly key: string | null; readonly wrong: string };

const expected = 'expected one line "api_key: KEY"';

/**
 * Parses the text of the Ruby agent's file: YAML with the one key `api_key`, which becomes
 * `api_key` under `[collector]`. Only a small part of YAML is understood: blank lines, comments,
 * `---`, `...`, and the key with a plain or quoted value on its line. Anything else is a problem.
 * Never throws. No problem repeats a value.
 */
export function parseKeyFile(text: string, file: string): IniText {
  const entries: IniEntry[] = [];
  const problems: Problem[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const [index, lineText] of lines.entries()) {
    const line = index + 1;
    const complain = (key: string | null, wrong: string) =>
      problems.push({ where: `${file}:${line}`, key, wrong, expected });
    const read = readLine(lineText);
    const [first] = entries;
    if (read.kind === 'misfit') complain(read.key, read.wrong);
    if (read.kind !== 'key') continue;
    if (first) complain('api_key', `is given twice, on line ${first.line} and on line ${line}`);
    else entries.push({ section: 'collector', key: 'api_key', value: read.value, file, line });
  }
  if (entries.length + problems.length === 0)
    problems.push({ where: file, key: null, wrong: 'there is no api_key in it', expected });
  return { entries, sections: entries.map(({ section, line }) => ({ section, file, line })), problems };
}

function readLine(text: string): KeyFileLineMeaning {
  if (/^\s*(#.*)?$/s.test(text) || /^(---|\.\.\.)\s*(\s#.*)?$/s.test(text)) return { kind: 'nothing' };
  const [, key, rest = ''] = /^ *([\w.-]+) *:(?:\s(.*))?$/s.exec(text) ?? [];
  // The message does not repeat the text of the line, which may be the key itself.
  if (key === undefined) return { kind: 'misfit', key: null, wrong: 'this line is not understood' };
  if (key !== 'api_key') return { kind: 'misfit', key: null, wrong: 'this line has another key than api_key' };
  const value = readValue(rest.trim());
  return value.wrong === null ? { kind: 'key', value: value.text } : { kind: 'misfit', key, wrong: value.wrong };
}

type KeyFileValue = { readonly text: string; readonly wrong: null } | { readonly wrong: string };

function readValue(text: string): KeyFileValue {
  const [, double] = /^"((?:[^"\\]|\\["\\])*)"(?:\s+#.*)?$/s.exec(text) ?? [];
  const [, single] = /^'((?:[^']|'')*)'(?:\s+#.*)?$/s.exec(text) ?? [];
  if (double !== undefined) return readable(double.replace(/\\(.)/g, '$1'));
  if (single !== undefined) return readable(single.replaceAll("''", "'"));
  if (/^["']/.test(text))
    return {
      wrong:
        'the closing quote is missing, something follows it, or an escape other than \\" and \\\\ stands before it',
    };
  const plain = text.replace(/(^|\s+)#.*$/s, '');
  if (/^(~|null)?$/i.test(plain)) return { wrong: 'has no value' };
  if (/^[[\]{},&*!|>%@`]|^[-?:](\s|$)|:(\s|$)/.test(plain))
    return { wrong: 'the value has a special meaning in YAML unless it is quoted' };
  return readable(plain);
}

function readable(text: string): KeyFileValue {
  return isUnreadable(text) ? { wrong: unreadableLine[0] } : { text, wrong: null };
}
