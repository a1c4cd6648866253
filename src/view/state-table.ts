import type { Reason, ReasonKind } from '../model/advice.ts';
import type { PluginState } from '../model/status.ts';
import type { Situation } from './situation.ts';

/** One row of the table that decides the state of a plugin. */
export type StateRow = {
  /** What is the case, in words, for docs/status.md. */
  readonly facts: string;
  /** The reasons that say so. */
  readonly kinds: readonly ReasonKind[];
  /** Where the kind of a reason alone does not tell the row. */
  readonly holds?: (situation: Situation) => boolean;
  /** The state that follows; null: a row below decides. */
  readonly state: PluginState | null;
};

/**
 * What decides the state of a plugin, the decisive row first. The reasons of a plugin have the
 * order of their rows. The first row that has a state, and one of the plugin's reasons, gives the
 * plugin its state. `docs/generate.ts` writes the table into docs/status.md.
 */
export const stateTable: readonly StateRow[] = [
  {
    facts: 'the plugin directory is gone, has a wrong mode or owner, or others can write a folder above it',
    kinds: ['directory-suspended'],
    state: 'suspended',
  },
  { facts: 'it has no execute bit and no `#!` line', kinds: ['not-a-script'], state: 'not-a-script' },
  {
    facts: 'the permission check refuses the script',
    kinds: ['wrong-mode', 'not-executable', 'wrong-owner', 'exposed-folder', 'unreadable'],
    state: 'rejected',
  },
  { facts: '`enabled = false` in its section', kinds: ['disabled'], state: 'disabled' },
  {
    facts:
      'its run is overdue, at least one tick was skipped by it, ' +
      'and it takes more than twice as long as the longest of its last runs (or there is none)',
    kinds: ['hung'],
    state: 'hung',
  },
  {
    facts: 'too many processes that its runs left behind hold its output, so it is not run',
    kinds: ['too-many-left'],
    state: 'failing',
  },
  {
    facts: 'its file was changed a moment ago',
    kinds: ['being-written'],
    holds: ({ script }) => !script.isSettled,
    state: null,
  },
  {
    facts: 'its last run could not be started',
    kinds: ['missing-interpreter', 'crlf-interpreter', 'not-started', 'being-written'],
    holds: ({ facts }) => facts.run?.ending.kind === 'not-started',
    state: 'failing',
  },
  {
    facts: 'its last run did not exit with 0',
    kinds: [
      'missing-interpreter',
      'crlf-interpreter',
      'byte-order-mark',
      'long-shebang',
      'no-shebang',
      'exit-status',
      'signal',
      'ending-unknown',
    ],
    holds: ({ facts }) => (facts.run?.failure ?? null) !== null,
    state: 'failing',
  },
  { facts: 'the output of its last run was lost', kinds: ['output-lost'], state: 'failing' },
  {
    facts: 'its last run printed bad lines and no sample',
    kinds: ['only-bad-lines', 'decimal-comma'],
    holds: ({ facts }) => facts.run?.samples === 0,
    state: 'bad-lines',
  },
  {
    facts: 'most of what its last run printed has no line end, and none of it is a sample',
    kinds: ['no-line-end'],
    state: 'bad-lines',
  },
  { facts: 'its last run printed nothing', kinds: ['empty-output'], state: 'silent' },
  {
    facts: 'its last run gave only metrics that the host has',
    kinds: ['host-collision'],
    holds: ({ facts }) => facts.run?.samples === 0,
    state: 'silent',
  },
  {
    facts: 'its last run gave only samples beyond `max_names`',
    kinds: ['too-many-names'],
    holds: ({ facts }) => facts.run?.samples === 0,
    state: 'silent',
  },
  {
    facts: 'its last run gave samples, and also bad lines',
    kinds: ['some-bad-lines', 'decimal-comma'],
    state: null,
  },
  { facts: 'its last run printed more than `max_output`', kinds: ['output-cut'], state: null },
  {
    facts: 'its last run gave more samples than `max_samples`, or names beyond `max_names`',
    kinds: ['too-many-samples', 'too-many-names'],
    state: null,
  },
  { facts: 'it wrote more than `max_stderr` to stderr within an hour', kinds: ['stderr-cut'], state: null },
  { facts: 'its run is overdue and not hung', kinds: ['slow'], state: 'slow' },
  { facts: 'ticks were skipped: its last run took too long, or still runs', kinds: ['skipped'], state: 'late' },
  { facts: 'ticks were skipped: it waits for a slot, or its last run did', kinds: ['waiting'], state: 'late' },
  { facts: 'processes that its runs left behind hold its output', kinds: ['left-process'], state: null },
  { facts: 'no run has ended since the agent started', kinds: ['not-run-yet', 'not-due'], state: 'pending' },
  {
    facts: 'its first line has a byte order mark, is too long, or is no `#!` line',
    kinds: ['byte-order-mark', 'long-shebang', 'no-shebang'],
    state: null,
  },
  { facts: 'a group can write a folder above the target of its link', kinds: ['group-writable'], state: null },
  { facts: 'another script has the same name', kinds: ['name-collision'], state: null },
  { facts: 'its last run gave samples', kinds: [], state: 'ok' },
];

/** The reasons in the order of their rows. One that has no row comes last. */
export function inTableOrder(reasons: readonly Reason[], situation: Situation): readonly Reason[] {
  const rank = (reason: Reason) => {
    const index = stateTable.findIndex((row) => isOf(row, reason, situation));
    return index < 0 ? stateTable.length : index;
  };
  return reasons.length < 2 ? reasons : reasons.toSorted((a, b) => rank(a) - rank(b));
}

/** The state that follows from what is known of a plugin, and its reasons. */
export function stateOf(situation: Situation, reasons: readonly Reason[]): PluginState {
  for (const row of reasons.length === 0 ? [] : stateTable) {
    if (row.state === null) continue;
    for (const reason of reasons) if (isOf(row, reason, situation)) return row.state;
  }
  return situation.facts.run === null ? 'pending' : 'ok';
}

function isOf({ kinds, holds }: StateRow, { kind }: Reason, situation: Situation): boolean {
  return kinds.includes(kind) && (holds?.(situation) ?? true);
}
