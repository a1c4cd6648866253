import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { FormerLife, FoundAtStart, FoundDatabase, FoundSamples } from '../model/found.ts';
import type { StateDirectory } from '../store/state-directory.ts';
import type { Store } from '../store/store.ts';
import { clockTimeOrDate } from '../words/clock-time.ts';
import { counted } from '../words/counted.ts';
import type { Delivery } from './delivery.ts';
import type { Scripts } from './scripts.ts';

/** What a start looks at. The scripts have begun: runs that survived are in flight. */
export type StartedStages = {
  readonly state: Pick<StateDirectory, 'emptied'>;
  readonly store: Pick<Store, 'found' | 'waiting' | 'keptOutputs'>;
  readonly delivery: Pick<Delivery, 'spooledSinks'>;
  readonly scripts: Pick<Scripts, 'inFlight'>;
};

/** Returns what differs between two starts of the host. Null: this system does not tell. */
export function bootIdOf({ hostFiles }: Pick<Edges, 'hostFiles'>): string | null {
  const read = hostFiles.read('sys/kernel/random/boot_id');
  const id = read.ok ? read.value.trim() : '';
  return /^[\w-]{1,64}$/.test(id) ? id : null;
}

const withoutLibc =
  'the package koffi is missing, or not made for this host: plugins are started more slowly, ' +
  'the agent takes more memory, access lists of files are not read, and a service manager gets no messages';

/** Reports that the agent has started, and in one event what it found in the state directory. */
export function reportStart(stages: StartedStages, config: Config, edges: Edges, emit: Emit): void {
  const { clock, version, pid } = edges;
  const { hostname, reportIntervalS: intervalS, stateDir } = config;
  const { emptied } = stages.state;
  if (emptied !== null) emit({ event: 'store.emptied', path: stateDir, advice: emptied });
  emit({ event: 'daemon.started', version, hostname, pid, intervalS, stateDir });
  if (edges.isLibcMissing()) emit({ event: 'libc.missing', detail: withoutLibc });
  const found = foundIn(stages);
  emit({ event: 'store.found', ...found, explanation: sentenceOn(found, clock.nowMs()) });
}

function foundIn({ state, store, delivery, scripts }: StartedStages): Omit<FoundAtStart, 'explanation'> {
  const { formerLife, database, lastCommitAtS } = store.found;
  const sinks = delivery.spooledSinks().map(({ name }) => store.waiting(name));
  return {
    formerLife: formerLife === 'first' && state.emptied !== null ? 'unknown' : formerLife, // an agent left something
    database,
    lastCommitAtS,
    waiting: sinks.filter(({ samples }) => samples > 0),
    outputs: store.keptOutputs(),
    survivors: scripts.inFlight().length,
  };
}

const lives: Readonly<Record<FormerLife, string>> = {
  first: 'no agent has worked with this state directory before',
  stopped: 'the former agent stopped in order',
  killed: 'the former agent was killed or crashed: no orderly end of it is recorded',
  'host-restarted':
    'the host was started again since the former agent worked, and no orderly end of that is recorded: ' +
    'the host lost its power, or the agent was killed before',
  unknown: 'how the former agent ended is not recorded',
};

function databaseText(database: FoundDatabase, formerLife: FormerLife, lastWrite: string): string | null {
  switch (database) {
    case 'new':
      return formerLife === 'first' ? null : 'the database is new: what the former agent had in its own is not in it';
    case 'older':
      return `the database is older than the former agent left it${lastWrite}: it was replaced by a copy, say`;
    case 'other':
      return `the database is another one than the former agent's${lastWrite}`;
    case 'damaged':
      return 'the database was damaged';
    default:
      return null;
  }
}

function sentenceOn(found: Omit<FoundAtStart, 'explanation'>, nowMs: number): string {
  const { formerLife, database, lastCommitAtS, waiting, outputs, survivors } = found;
  const at = (atS: number) => clockTimeOrDate(atS * 1000, nowMs);
  const lastWrite = lastCommitAtS === null ? '' : ` (last written ${at(lastCommitAtS)})`;
  const waits = ({ sink, samples, oldestAtS, newestAtS }: FoundSamples) => {
    const span = oldestAtS === null || newestAtS === null ? '' : `, from ${at(oldestAtS)} to ${at(newestAtS)}`;
    return `${counted(samples, 'sample')} ${samples === 1 ? 'waits' : 'wait'} for ${sink}${span}`;
  };
  const parts = [
    lives[formerLife],
    databaseText(database, formerLife, lastWrite),
    ...(waiting.length === 0 && formerLife !== 'first' ? ['no samples wait'] : waiting.map(waits)),
    outputs === 0 ? null : `${counted(outputs, 'last output')} of plugins ${outputs === 1 ? 'is' : 'are'} kept`,
    survivors === 0
      ? null
      : `${counted(survivors, 'run')} of the former agent ${survivors === 1 ? 'is' : 'are'} running`,
  ];
  return parts.filter((part) => part !== null).join('; ');
}
