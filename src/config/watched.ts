import type { Clock } from '../io/clock.ts';
import type { ConfigFiles } from '../io/disk/config-files.ts';
import type { Files } from '../io/disk/files.ts';
import { WalkQueue } from '../io/walk.ts';
import { err } from '../model/result.ts';
import type { Walk } from '../model/walk.ts';
import {
  areSameFingerprints,
  type ConfigFingerprints,
  fingerprintsOf,
  fingerprintsWhenRead,
  glanceAt,
} from './fingerprints.ts';
import { type ConfigHandlers, type FirstConfig, LastGoodConfig } from './last-good.ts';
import type { ResolveInput } from './resolve.ts';
import { type ConfigPaths, configPathsOf, type Source, sourceWalk } from './source.ts';

/** The configuration while the agent runs. */
export type ConfigWatcher = {
  /** Reads the files at once, whether or not they look changed. */
  lookNow(): void;
  /** Ends the watch. No handler is called after it. */
  close(): void;
};

type WatchEdges = { readonly clock: Clock; readonly files: Files; readonly configFiles: ConfigFiles };

const lookEveryMs = 800;
const settledMs = 100;
const mostGlances = 12; // in a row, in place of a look: for 10 s

/**
 * Watches the files of the configuration and keeps the last good one. `context` is what the
 * `first` configuration was resolved with. A configuration that came through a pipe is not
 * watched.
 */
export function startConfigWatcher(
  edges: WatchEdges,
  context: Omit<ResolveInput, 'source'>,
  first: FirstConfig,
  handlers: ConfigHandlers,
): ConfigWatcher {
  const fingerprints = fingerprintsWhenRead(first.source);
  if (fingerprints === null) return { lookNow() {}, close() {} };
  const lastGood = new LastGoodConfig(context, first, handlers);
  const watch = new ConfigWatch(edges, context, fingerprints, lastGood);
  return { lookNow: () => watch.lookNow(), close: () => watch.close() };
}

type ConfigWatchState =
  /** The files were read, or are as they were then. The next look is after 800 ms. */
  | { readonly kind: 'waiting'; readonly timer: { cancel(): void } }
  /** The files look different. They are read when they look alike twice, 100 ms apart. */
  | { readonly kind: 'settling'; readonly timer: { cancel(): void } }
  /** A walk reads the files, which may take several steps. The next look is after it. */
  | { readonly kind: 'reading'; readonly timer: null }
  /** There are no more looks. */
  | { readonly kind: 'closed' };

/** Reads changed files once they are settled: an editor may empty a file before it writes it. */
class ConfigWatch {
  readonly #clock: Clock;
  readonly #files: Files;
  readonly #configFiles: ConfigFiles;
  readonly #cwd: string;
  readonly #configFile: string | null;
  readonly #paths: ConfigPaths;
  readonly #lastGood: LastGoodConfig;
  readonly #readings = new WalkQueue<void>();
  /** The fingerprints of the files that were read last; null: they are read again in any case. */
  #lastRead: ConfigFingerprints | null;
  /** What a glance saw right before the last look found nothing new, and how many were like it. */
  #glance: { readonly text: string; count: number } | null = null;
  #state: ConfigWatchState;

  constructor(
    { clock, files, configFiles }: WatchEdges,
    { flags, machine }: Omit<ResolveInput, 'source'>,
    lastRead: ConfigFingerprints,
    lastGood: LastGoodConfig,
  ) {
    this.#clock = clock;
    this.#files = files;
    this.#configFiles = withoutDevices(configFiles, files);
    this.#cwd = machine.cwd;
    this.#configFile = flags.configFile;
    this.#paths = configPathsOf(flags.configFile, machine.cwd);
    this.#lastGood = lastGood;
    this.#lastRead = lastRead;
    this.#state = this.#waiting();
  }

  lookNow(): void {
    void this.#readings.run('now', () => this.#considerNow());
  }

  close(): void {
    if (this.#state.kind !== 'closed') this.#state.timer?.cancel();
    this.#state = { kind: 'closed' };
  }

  #waiting(): ConfigWatchState {
    return { kind: 'waiting', timer: this.#clock.after(lookEveryMs, () => this.#lookForChange()) };
  }

  #settling(before: ConfigFingerprints): ConfigWatchState {
    return { kind: 'settling', timer: this.#clock.after(settledMs, () => this.#readIfSettled(before)) };
  }

  #lookForChange(): void {
    if (this.#isSameAtAGlance()) {
      this.#state = this.#waiting();
      return;
    }
    const text = this.#lastRead && glanceAt(this.#files, this.#paths, this.#lastRead);
    const now = this.#look();
    const isUnchanged = this.#lastRead !== null && areSameFingerprints(this.#lastRead, now);
    this.#glance = isUnchanged && text !== null ? { text, count: 0 } : null;
    this.#state = isUnchanged ? this.#waiting() : this.#settling(now);
  }

  #isSameAtAGlance(): boolean {
    if (this.#glance === null || this.#lastRead === null || this.#glance.count === mostGlances) return false;
    this.#glance.count += 1;
    return glanceAt(this.#files, this.#paths, this.#lastRead) === this.#glance.text;
  }

  #readIfSettled(before: ConfigFingerprints): void {
    const now = this.#look();
    if (!areSameFingerprints(before, now)) {
      this.#state = this.#settling(now); // a file was written since the last look
      return;
    }
    this.#state = { kind: 'reading', timer: null };
    void this.#readings.run('settled', () => this.#considerSettled(now));
  }

  /** `now` are the fingerprints from before the files are read. */
  *#considerSettled(now: ConfigFingerprints): Walk<void> {
    const source = yield* this.#read();
    const after = this.#look();
    if (!this.#isReading()) return;
    if (!areSameFingerprints(now, after)) {
      this.#state = this.#settling(after);
      return;
    }
    const resolved = yield* this.#lastGood.resolve(source);
    if (!this.#isReading()) return;
    this.#lastRead = now;
    this.#state = this.#waiting(); // before the handlers, which may close the watch
    if (!this.#lastGood.consider(resolved)) this.#lastRead = null;
  }

  *#considerNow(): Walk<void> {
    if (this.#state.kind === 'closed') return;
    this.#state.timer?.cancel();
    this.#state = { kind: 'reading', timer: null };
    const resolved = yield* this.#lastGood.resolve(yield* this.#read());
    if (!this.#isReading()) return;
    this.#lastRead = null; // a file may be half written now: it is read again when it is settled
    this.#state = this.#waiting();
    this.#lastGood.consider(resolved);
  }

  /** False: the watch was closed since the walk began. */
  #isReading(): boolean {
    return this.#state.kind === 'reading';
  }

  #look(): ConfigFingerprints {
    return fingerprintsOf(this.#files, this.#paths);
  }

  #read(): Walk<Source> {
    return sourceWalk(this.#configFiles, this.#configFile, this.#cwd);
  }
}

/** The same files, except that pipes and devices, which could block the reader, can't be read. */
function withoutDevices(configFiles: ConfigFiles, files: Files): ConfigFiles {
  return {
    ...configFiles,
    read: (path) =>
      files.facts(path).kind === 'other'
        ? err({ code: 'ENOTSUP', detail: 'not a regular file', denied: null })
        : configFiles.read(path),
  };
}
