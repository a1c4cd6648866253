/** What decides the word for the state of a plugin. */
type JudgedPlugin = { readonly state: string; readonly reasons: readonly { readonly kind: string }[] };

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

/**
 * Returns the one word for the state of a plugin, wherever it is shown: the state itself. Where
 * that is `ok`: `in part` if samples or lines were left out, and `warning` if all was sent and
 * there is something to look at.
 */
export function stateWord({ state, reasons }: JudgedPlugin): string {
  if (state !== 'ok') return state;
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
