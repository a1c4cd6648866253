const inParentheses = '\\((?:[^()]|\\((?:[^()]|\\([^()]*\\))*\\))*\\)';
const tokens = new RegExp(
  [
    '[ \\t]*(?:',
    '(?<comment>#[^\\n]*)',
    '|(?<redirection>\\d?(?:>>?|<)&?)',
    '|(?<end>\\n|&&|\\|\\||[;|&()])',
    `|(?<word>(?:'[^']*'|"(?:[^"\\\\]|\\\\.)*"|\\$${inParentheses}|\\\\.|[^\\s;|&()<>'"\\\\])+)`,
    ')',
  ].join(''),
  'gy',
);

/**
 * Returns the commands of a piece of shell, each as its words without quotes. Left out are
 * comments, redirections, here-documents, assignments, words of the shell's grammar, and `sudo`
 * and `env` before a command. What is within `$(…)` stays one word. Throws at what it can't read.
 */
export function shellCommands(shell: string): readonly (readonly string[])[] {
  const text = shell
    .replaceAll('\\\n', ' ')
    .replaceAll(/<<-?'?(\w+)'?([^\n]*)\n.*?^\1$/gms, '$2')
    .trimEnd();
  const commands: string[][] = [[]];
  let isTarget = false;
  tokens.lastIndex = 0;
  while (tokens.lastIndex < text.length) {
    const at = tokens.lastIndex;
    const found = tokens.exec(text)?.groups;
    if (!found) throw new Error(`this is not shell that can be read: ${text.slice(at)}`);
    if (found['end'] !== undefined) commands.push([]);
    if (found['word'] !== undefined && !isTarget) commands.at(-1)?.push(unquoted(found['word']));
    if (found['comment'] === undefined) isTarget = found['redirection'] !== undefined;
  }
  return commands.map(withoutPrefix).filter(([name]) => name !== undefined && !/^(fi|done|esac)$/.test(name));
}

function unquoted(word: string): string {
  return word.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g, '$1$2$3');
}

/** The words from the name of the program on. */
function withoutPrefix(words: readonly string[]): readonly string[] {
  const [first = '', second = ''] = words;
  if (first === 'env' && second === '-u') return withoutPrefix(words.slice(3));
  const isPrefix = /^(\w+=.*|sudo|env|if|then|else|while|do|!)$/s.test(first);
  return isPrefix ? withoutPrefix(words.slice(1)) : words;
}
