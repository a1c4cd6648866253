import type { ReasonKind } from '../../model/status.ts';

/** A piece of an explanation: a sentence to read, what leads to a command (`end it yourself:`), or a command to type. */
export type ExplanationPart = { readonly kind: 'sentence' | 'label' | 'command'; readonly text: string };

const words = String.raw`(?:'[^']*'|\\'|[^';\s])+`; // one shell word, quoted as the agent quotes
const path = `(?='?/)${words}`;
const atTheEnd = (command: string) => new RegExp(`(?:^|[;:,] (?:or )?)(${command})$`);
const chmod = `chmod 00?700 ${path}`;
const chown = String.raw`chown \d+ ${path}`;
const check = atTheEnd('instrument_server check --connect');
const itsStderr = new RegExp(`: (instrument_server status ${words})$`);

/**
 * Where a command stands in an explanation. Only of kinds that end in one, and only at their end: what a plugin printed may stand in the text of others, and
 * must never look like advice of ours.
 */
const commandsOf: Partial<Record<ReasonKind, readonly RegExp[]>> = {
  'directory-suspended': [atTheEnd(`${chmod}|${chown}|mkdir -p -m 0700 ${path}`)],
  'wrong-mode': [atTheEnd(chmod)],
  'not-executable': [atTheEnd(chmod)],
  'wrong-owner': [atTheEnd(chown)],
  unreadable: [atTheEnd(`rm ${path}`)],
  'crlf-interpreter': [atTheEnd(`sed -i ${words} ${path}`)],
  'name-collision': [atTheEnd(`mv -n ${path} ${path}`)],
  hung: [/: (ps -o \S+ -p \d+); end it yourself: (kill \d+)$/],
  'empty-output': [
    new RegExp(`: (${path} 0); its stderr: (instrument_server status ${words})$`),
    new RegExp(`: (${path} 0)$`),
  ],
  'exit-status': [itsStderr],
  signal: [itsStderr],
  'ending-unknown': [itsStderr],
  'collector-away': [check],
  'key-refused': [check],
  'sink-away': [check],
  'sink-refused': [check],
};

/** An explanation in pieces, so that what is to be typed stands apart. One without a command is one piece. Never throws. */
export function explanationParts(kind: ReasonKind, explanation: string): readonly ExplanationPart[] {
  for (const pattern of commandsOf[kind] ?? []) {
    const found = pattern.exec(explanation);
    if (found) return split(explanation, found.slice(1));
  }
  return [{ kind: 'sentence', text: explanation }];
}

/** Takes what grows with time out of an explanation that stands beside a counting clock: `since 14:03:05 (5s)`. */
export function withoutElapsed(explanation: string): string {
  return explanation.replace(/( since [\d :-]+) \((?:\d+[dhms] ?)+\)/, '$1');
}

function split(text: string, commands: readonly string[]): readonly ExplanationPart[] {
  const parts: ExplanationPart[] = [];
  let rest = text;
  for (const command of commands.toReversed()) {
    rest = rest.slice(0, rest.lastIndexOf(command));
    parts.unshift({ kind: 'command', text: command });
    const label = /(?:^|; )((?:[^;]|;(?! ))+)$/.exec(rest)?.[1];
    if (label !== undefined) parts.unshift({ kind: 'label', text: label.trim() });
    rest = rest.slice(0, rest.length - (label ?? '').length).replace(/; $/, '');
  }
  return rest === '' ? parts : [{ kind: 'sentence', text: rest }, ...parts];
}
