/**
 * A piece of text as it is, or the escape that is shown in place of a character that is invisible
 * or that acts on a terminal.
 */
export type VisiblePart = { readonly text: string; readonly isEscape: boolean };

const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text in pieces: control, invisible and direction-changing characters become `\x1b`, `\n`,
 * `\u{202e}`, as `instrument_server status` shows them.
 */
export function visibleParts(text: string): readonly VisiblePart[] {
  const parts: VisiblePart[] = [];
  let from = 0;
  for (const { 0: character, index } of text.matchAll(hidden)) {
    if (index > from) parts.push({ text: text.slice(from, index), isEscape: false });
    parts.push({ text: escaped(character), isEscape: true });
    from = index + character.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isEscape: false });
  return parts;
}

/**
 * The same as one text. Text that is already visible stays as it is. The one way to show what a
 * plugin, a server or a file name may hold.
 */
export function visible(text: string): string {
  return text.replace(hidden, escaped);
}

/** Text in double quotes, with the escapes of `visible`; a quote in it stays as it is. */
export function visibleInQuotes(text: string): string {
  return `"${visible(text)}"`;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  if (character === '\t') return '\\t';
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
