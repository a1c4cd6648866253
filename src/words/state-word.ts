/** What decides the word for the state of a plugin. */
type JudgedPlugin = { readonly state: string; readonly reasons: readonly { readonly kind: string }[] };

/** What decides whether a person should look at a plugin. `muted`: its trouble is expected. */
type WatchedPlugin = JudgedPlugin & { readonly muted?: object };

/** Reasons of a plugin that reports, and of whose output something was not sent. */
const partKinds: ReadonlySet<string> = new Set([
  'some-bad-lines',
  'decimal-comma',
  'output-cut',
  'too-many-samples',
  'too-many-names',
  'host-collision',
]);

/** Reasons of a plugin that reports all, which a person should know. */
const warningKinds: ReadonlySet<string> = new Set([
  'stderr-cut',
  'left-process',
  'byte-order-mark',
  'long-shebang',
  'no-shebang',
  'group-writable',
  'name-collision',
]);

/** Reasons that are over by themselves, that a person chose, or that are no fault of the plugin. */
const noTrouble: ReadonlySet<string> = new Set([
  'not-run-yet',
  'not-due',
  'disabled',
  'slow',
  'being-written',
  'no-sink',
]);
const calmStates: ReadonlySet<string> = new Set(['ok', 'pending', 'slow']);

/**
 * Returns the one word for the state of a plugin, wherever it is shown: the state itself. Where
 * that is `ok` or `slow`: `in part` if samples or lines were left out, and `warning` if all was
 * sent and there is something to look at.
 */
export function stateWord({ state, reasons }: JudgedPlugin): string {
  if (state !== 'ok' && state !== 'slow') return state;
  if (reasons.some(({ kind }) => partKinds.has(kind))) return 'in part';
  return reasons.some(({ kind }) => warningKinds.has(kind)) ? 'warning' : state;
}

/**
 * Whether trouble of a plugin is expected by the configuration. One that never runs has no trouble
 * to mute.
 */
export function isMuted({ state, muted }: { readonly state: string; readonly muted?: object }): boolean {
  return muted !== undefined && state !== 'disabled' && state !== 'not-a-script';
}

/** Whether a plugin does not report all, and will not by itself, be that expected or not. */
export function isInTrouble({ state, reasons }: JudgedPlugin): boolean {
  if (state === 'disabled' || state === 'not-a-script') return false;
  return !calmStates.has(state) || reasons.some(({ kind }) => !noTrouble.has(kind));
}

/** Whether a plugin is in trouble, and that is expected. */
export function isMutedTrouble(plugin: WatchedPlugin): boolean {
  return isMuted(plugin) && isInTrouble(plugin);
}

/** Whether a person should look at a plugin: it is in trouble, and that is not expected. */
export function needsALook(plugin: WatchedPlugin): boolean {
  return isInTrouble(plugin) && !isMuted(plugin);
}

/** Whether trouble is muted at a moment, in unix seconds; `untilS` null: always. */
export function isMutedNow({ untilS }: { readonly untilS: number | null }, nowS: number): boolean {
  return untilS === null || nowS < untilS;
}

/**
 * Returns `muted until 2027-01-31`, or `always muted` if `untilS` is null. `untilS`: the first
 * moment at which it is not, in unix seconds; the date is the one before that moment, by the clock
 * of this machine.
 */
export function mutedText({ untilS }: { readonly untilS: number | null }): string {
  if (untilS === null) return 'always muted';
  const last = new Date(untilS * 1000 - 1);
  const date = [last.getFullYear(), last.getMonth() + 1, last.getDate()];
  return `muted until ${date.map((part) => String(part).padStart(2, '0')).join('-')}`;
}
