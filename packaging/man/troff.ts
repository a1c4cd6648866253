/*
 * Text for `man`: the macros of groff's man(7), which mandoc understands, too. Only ASCII is
 * written, so that the pages look the same in each locale.
 */

/** A name and its explanation. `name` is troff, `does` prose. */
export type ManItem = { readonly name: string; readonly does: string };

/** Text that is shown as it stands: nothing in it is a command of troff. */
export function literalTroff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replace(/[-`^~']/g, (sign) => signs[sign] ?? sign);
  const ascii = escaped.replace(/[^\n -~]/gu, (sign) => `\\[u${hexOf(sign)}]`);
  return ascii.replace(/^\./gm, '\\&.');
}

/** Prose in which backquotes mark what is typed as it stands. */
function prose(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? bold(part) : literalTroff(part)))
    .join('');
}

/** Text in bold that is shown as it stands. */
export function bold(text: string): string {
  return text === '' ? '' : `\\fB${literalTroff(text)}\\fR`;
}

/** Paragraphs of prose. */
export function paragraphs(...texts: readonly string[]): string {
  return texts.map((text) => `.PP\n${prose(text)}\n`).join('');
}

/** Names, each with its explanation below it. */
export function items(all: readonly ManItem[]): string {
  return all.map(({ name, does }) => `.TP\n${name}\n${prose(does)}\n`).join('');
}

/** Lines that are kept as they are. */
export function verbatim(text: string): string {
  return `.PP\n.nf\n${literalTroff(text.trimEnd())}\n.fi\n`;
}

/** A whole page: its head, and the texts by their headings. `name` holds no blank. */
export function manPage(
  { name, chapter, version }: { readonly name: string; readonly chapter: number; readonly version: string },
  parts: readonly (readonly [heading: string, text: string])[],
): string {
  const head = `.TH ${literalTroff(name.toUpperCase())} ${chapter} "" "instrument\\-server ${literalTroff(version)}"\n.nh\n.ad l\n`;
  return head + parts.map(([heading, text]) => `.SH ${literalTroff(heading)}\n${text}`).join('');
}

const signs: Readonly<Record<string, string>> = {
  '-': '\\-',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
  "'": '\\(aq',
};

function hexOf(sign: string): string {
  return (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
}
