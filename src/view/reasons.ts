import type { Reason } from '../model/advice.ts';
import { isInScriptDirectory, pluginName } from '../model/plugin.ts';
import { counted } from '../words/counted.ts';
import { typeable } from '../words/shell-words.ts';
import { boundReasons } from './bound-reasons.ts';
import { isHung } from './hung.ts';
import { outputReasons } from './output-reasons.ts';
import { reason, reasonOf, suspensionReason } from './reason.ts';
import { runReasons } from './run-reasons.ts';
import type { Situation } from './situation.ts';
import { inTableOrder } from './state-table.ts';

/**
 * Why a plugin reports nothing, or less than it should, the decisive reason first; empty: it
 * reports all. Never throws.
 */
export function reasonsOf(situation: Situation): readonly Reason[] {
  const { script, suspension, isEnabled, section, currentRun, facts } = situation;
  if (suspension !== null) return [suspensionReason(suspension, script.plugin.directory ?? null)];
  if (script.advice !== null) return [reasonOf(script.advice)];
  if (!isEnabled) {
    const where = `under ${section}`;
    return [
      reason(
        'disabled',
        `it is switched off by enabled = false ${where}; set enabled = true there, or remove the line`,
      ),
    ];
  }
  // A hung run matters more than how the last one ended
  const ofOutput = currentRun !== null && isHung(currentRun, facts.durations()) ? [] : outputReasons(situation);
  const ofCollision = script.collision === null ? [] : [reasonOf(script.collision)];
  const others = [...boundReasons(situation), ...note(situation), ...ofCollision, ...hostCollision(situation)];
  return inTableOrder([...runReasons(situation), ...ofOutput, ...others], situation);
}

/** Samples that were not sent, because the host has metrics of these names. */
function hostCollision({ script, facts: { run } }: Situation): readonly Reason[] {
  if (!run?.takenByHost) return [];
  const { count, names } = run.takenByHost;
  const { file, path } = script.plugin;
  const ofHost = `${counted(count, 'sample')} ${namedAsHost(count)} (${names.join(', ')}), and the host's are sent`;
  if (!isInScriptDirectory(script.plugin)) {
    const cure = 'if those of the plugin are wanted, set host_metrics = false under [agent]';
    return [reason('host-collision', `${ofHost}; ${cure}`)];
  }
  const other = script.freeName();
  const cure = `rename the script, here to ${pluginName(other)}, or set host_metrics = false under [agent]`;
  const sentence = `${ofHost}; ${cure}`;
  const target = typeable(`${path.slice(0, -file.length)}${other}`);
  return [reason('host-collision', sentence, `mv -n ${typeable(path)} ${target}`)];
}

function namedAsHost(count: number): string {
  return count === 1 ? "has the name of one of the host's own metrics" : "have names of the host's own metrics";
}

/** What is wrong with its first line, though its last run worked or failed for another cause. */
function note({ script, facts }: Situation): readonly Reason[] {
  return script.note === null || facts.run?.failure?.kind === script.note.kind ? [] : [reasonOf(script.note)];
}
