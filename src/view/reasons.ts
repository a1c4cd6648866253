import type { Reason } from '../model/advice.ts';
import { outputReasons } from './output-reasons.ts';
import { reason, reasonOf, suspensionReason } from './reason.ts';
import { runReasons } from './run-reasons.ts';
import type { Situation } from './situation.ts';

/**
 * Why a plugin reports nothing, or less than it should, the decisive reason first; empty: it
 * reports all. Never throws.
 */
export function reasonsOf(situation: Situation): readonly Reason[] {
  const { script, suspension, isEnabled, section, currentRun } = situation;
  if (suspension !== null) return [suspensionReason(suspension)];
  if (script.advice !== null) return [reasonOf(script.advice)];
  if (!isEnabled) {
    const where = `under [plugin:${section}]`;
    return [
      reason(
        'disabled',
        `it is switched off by enabled = false ${where}; set enabled = true there, or remove the line`,
      ),
    ];
  }
  // A hung run matters more than how the last one ended
  const ofOutput = currentRun?.isOverdue ? [] : outputReasons(situation);
  const ofCollision = script.collision === null ? [] : [reasonOf(script.collision)];
  return [...runReasons(situation), ...note(situation), ...ofOutput, ...ofCollision];
}

/** What is wrong with its first line, though its last run worked or failed for another cause. */
function note({ script, facts }: Situation): readonly Reason[] {
  return script.note === null || facts.run?.failure?.kind === script.note.kind ? [] : [reasonOf(script.note)];
}
