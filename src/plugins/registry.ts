import { atOnce } from '../io/walk.ts';
import type { Advice } from '../model/advice.ts';
import type { AgentEvent } from '../model/event.ts';
import type { JudgedScript, Plugin } from '../model/plugin.ts';
import type { Walk } from '../model/walk.ts';
import { explanationOf } from '../words/explanation.ts';
import { collisionsOf, freeFileName } from './collisions.ts';
import { adviceOnDirectory, adviceOnScript } from './rejection-advice.ts';
import { type Scan, scriptsAStep } from './scan.ts';

/** Does all of `changesWalk` at once. */
export function scanChanges(before: Scan, after: Scan): readonly AgentEvent[] {
  return atOnce(changesWalk(before, after));
}

/** What changed from one scan to the next. Each change gives one event. */
export function* changesWalk(before: Scan, after: Scan): Walk<readonly AgentEvent[]> {
  const events: AgentEvent[] = [];
  if (after.rejection) {
    const advice = adviceOnDirectory(after.rejection);
    const isKnown = before.rejection && explanationOf(adviceOnDirectory(before.rejection)) === explanationOf(advice);
    if (!isKnown) events.push({ event: 'plugins.suspended', rejection: after.rejection, advice });
    return events; // its scripts are not known, so none counts as removed
  }
  if (before.rejection) events.push({ event: 'plugins.resumed', path: before.rejection.path });
  if (after.exposure && !isSameAdvice(after.exposure.advice, before.exposure?.advice))
    events.push({ event: 'plugins.exposed', ...after.exposure });
  if (before.scripts === after.scripts) return events;
  let changed = 0;
  for (const [file, script] of after.scripts) {
    const old = before.scripts.get(file);
    if (old === script) continue;
    changed += 1;
    if (changed % scriptsAStep === 0) yield;
    if (script.note?.kind === 'group-writable' && !isSameAdvice(script.note, old?.note))
      events.push({ event: 'plugins.exposed', path: script.plugin.path, advice: script.note });
    if (script.rejection) {
      const advice = adviceOnScript(script.rejection);
      const isKnown = old?.rejection && explanationOf(adviceOnScript(old.rejection)) === explanationOf(advice);
      if (!isKnown) events.push({ event: 'plugin.rejected', plugin: file, rejection: script.rejection, advice });
    } else if (!old || old.rejection) events.push({ event: 'plugin.added', plugin: file });
    else if (old.fingerprint !== script.fingerprint) events.push({ event: 'plugin.changed', plugin: file });
  }
  for (const file of before.scripts.keys()) {
    if (!after.scripts.has(file)) events.push({ event: 'plugin.removed', plugin: file });
  }
  const known = new Map(
    collisionsOf(activePlugins(before), before.entries).map(({ name, paths }) => [name, paths.join()]),
  );
  for (const { name, paths, advice } of collisionsOf(activePlugins(after), after.entries)) {
    if (known.get(name) !== paths.join()) events.push({ event: 'plugin.collided', name, paths, advice });
  }
  return events;
}

function isSameAdvice(after: Advice, before: Advice | null | undefined): boolean {
  return before !== null && before !== undefined && explanationOf(before) === explanationOf(after);
}

/** The accepted scripts, settled or not, in the order of their names. */
export function activePlugins(scan: Scan): readonly Plugin[] {
  const active: Plugin[] = [];
  for (const { rejection, plugin } of scan.scripts.values()) if (!rejection) active.push(plugin);
  return active;
}

/** Every script of a scan, accepted or not, with what to do about it. */
export function judgedScripts(scan: Scan): readonly JudgedScript[] {
  const { scripts, entries } = scan;
  const shared = new Map(collisionsOf(activePlugins(scan), entries).flatMap((one) => [...one.adviceByFile]));
  return Array.from(scripts.values(), ({ plugin, rejection, note, isSettled }) => ({
    plugin,
    rejection,
    advice: rejection && adviceOnScript(rejection),
    note,
    collision: shared.get(plugin.file) ?? null,
    freeName: () => freeFileName(plugin.file, entries),
    isSettled,
  }));
}

/** Whether a scan found the same scripts as the one before, with the same verdicts. */
export function hasSameScripts(before: Scan, after: Scan): boolean {
  return before.scripts === after.scripts && before.entries === after.entries;
}
