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

/** Why no plugin runs at all, as a reason. */
export function suspensionReason(suspension: Advice): Reason {
  return reason('directory-suspended', `no plugin runs: ${suspension.sentence}`, ...suspension.commands);
}
