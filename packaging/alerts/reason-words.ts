import type { ReasonKind } from '../../src/model/advice.ts';

/** Sentences that say what is the case with a plugin, by the reason that an alert may name. */
export const reasonWords: Partial<Readonly<Record<ReasonKind, string>>> = {
  'wrong-mode': 'its mode is not 0700',
  'not-executable': 'its owner may not execute it',
  'wrong-owner': 'it belongs to another user than that of the agent',
  'exposed-folder': 'it is a link, and others can replace its target',
  unreadable: 'it is a link that leads nowhere or can not be checked',
  'too-many-left': 'processes that its runs left behind are as many as max_leftovers',
  'being-written': 'its file changes, or a process has it open for writing',
  'missing-interpreter': 'the program in its first line does not exist',
  'crlf-interpreter': 'its first line ends as on Windows',
  'byte-order-mark': 'a byte order mark hides its first line',
  'long-shebang': 'its first line is too long for Linux',
  'no-shebang': 'its first line does not name its interpreter',
  'not-started': 'the system could not start it',
  'exit-status': 'its last run did not exit with status 0',
  signal: 'a signal ended its last run',
  'ending-unknown': 'another process took its exit status',
  'output-lost': 'its output could not be kept; the disk may be full',
  'empty-output': 'its last run printed nothing',
  'host-collision': 'its metrics have the names of host metrics',
  'too-many-names': 'its metrics are more than max_names',
  'only-bad-lines': 'none of the lines that it prints is a sample',
  'some-bad-lines': 'some of the lines that it prints are not samples',
  'decimal-comma': 'it prints numbers with a decimal comma',
  'no-line-end': 'what it prints has no line end',
};

/**
 * Returns a template that gives the words for the label `reason`, or the label itself where it is
 * one that this version does not know.
 */
export function reasonTemplate(kinds: readonly ReasonKind[]): string {
  const branches = [...new Set(kinds)].flatMap((kind) => {
    const words = reasonWords[kind];
    return words === undefined ? [] : [`if eq $labels.reason "${kind}" }}${words}{{ `];
  });
  return branches.length === 0
    ? '{{ $labels.reason }}'
    : `{{ ${branches.join('else ')}else }}{{ $labels.reason }}{{ end }}`;
}
