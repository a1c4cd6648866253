import type { Advice, Reason, ReasonKind } from '../model/advice.ts';
import { explanationOf } from '../words/explanation.ts';

/** Advice with its `explanation`. */
export function reasonOf(advice: Advice<ReasonKind>): Reason {
  return { ...advice, explanation: explanationOf(advice) };
}

/** A reason from its parts. */
export function reason(kind: ReasonKind, sentence: string, ...commands: readonly string[]): Reason {
  return reasonOf({ kind, sentence, commands });
}

/**
 * Why no plugin of a directory runs, as a reason. `directory` is the NAME of its section; null: it
 * is the script directory.
 */
export function suspensionReason({ sentence, commands }: Advice, directory: string | null): Reason {
  const of = directory === null ? '' : ` of [directory:${directory}]`;
  return reason('directory-suspended', `no plugin${of} runs: ${sentence}`, ...commands);
}
