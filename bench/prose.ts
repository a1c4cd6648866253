const mostColumns = 98;

/**
 * Breaks the paragraphs and list items of a Markdown document before column 100. Tables and
 * headings stay as they are.
 */
export function wrapProse(markdown: string): string {
  return markdown
    .split('\n\n')
    .map((block) =>
      /^[|#]/.test(block)
        ? block
        : block
            .split(/\n(?=- )/)
            .map(wrapItem)
            .join('\n'),
    )
    .join('\n\n');
}

/** Breaks one paragraph, or one list item with its continuation lines. */
function wrapItem(text: string): string {
  const indent = text.startsWith('- ') ? '  ' : '';
  const words = text.trim().match(/(?:`[^`]*`|\S)+/g) ?? []; // what stands in backquotes is one word
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= mostColumns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(line === undefined ? word : `${indent}${word}`);
  }
  return lines.join('\n');
}
