/**
 * What a person should know, and what to type. `sentence` says what is wrong and, where no
 * command can fix it, what to do. Each of `commands` is one complete shell command, safe to obey
 * and ready to paste; empty where none helps. Made where the cause is known, and shown as it is:
 * no part of the program parses a sentence.
 */
export type Advice<Kind extends string = string> = {
  readonly kind: Kind;
  readonly sentence: string;
  readonly commands: readonly string[];
};

/** Why a run gave no samples, as its status names it. */
export type EndingKind =
  | 'exit-status'
  | 'signal'
  | 'ending-unknown'
  | 'not-started'
  | 'missing-interpreter'
  | 'crlf-interpreter'
  | 'byte-order-mark'
  | 'long-shebang'
  | 'no-shebang'
  | 'being-written';

/** Why a plugin reports nothing, or less than it should. */
export type ReasonKind =
  | EndingKind
  | 'directory-suspended'
  | 'not-a-script'
  | 'wrong-mode'
  | 'not-executable'
  | 'wrong-owner'
  | 'exposed-folder'
  | 'unreadable'
  | 'disabled'
  | 'empty-output'
  | 'no-line-end'
  | 'only-bad-lines'
  | 'decimal-comma'
  | 'some-bad-lines'
  | 'output-cut'
  | 'output-lost'
  | 'hung'
  | 'slow'
  | 'skipped'
  | 'waiting'
  | 'left-process'
  | 'too-many-left'
  | 'too-many-samples'
  | 'too-many-names'
  | 'stderr-cut'
  | 'not-due'
  | 'not-run-yet'
  | 'name-collision'
  | 'host-collision'
  | 'group-writable'
  | 'collector-away'
  | 'key-refused'
  | 'sink-away'
  | 'sink-refused'
  | 'samples-refused'
  | 'no-sink';

/**
 * One reason as advice. `explanation` is sentence and commands on one line
 * (`words/explanation.ts`).
 */
export type Reason = Advice<ReasonKind> & { readonly explanation: string };
