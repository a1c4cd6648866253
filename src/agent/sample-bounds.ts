import type { Clock } from '../io/clock.ts';
import type { Bounds } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { LeftOutSamples } from '../model/run.ts';
import type { SampleSource } from '../model/sample.ts';
import type { Walk } from '../model/walk.ts';
import { NameMemory } from './name-memory.ts';

/** The samples of one run that are sent. `leftOut` null: all that it gave. */
export type BoundedSamples = { readonly samples: SampleSource; readonly leftOut: LeftOutSamples | null };

/** What is known of one plugin's names, and how many of its runs there were. */
type PluginNames = { runs: number; readonly memory: NameMemory };

type SampleLimits = Pick<Bounds, 'maxSamples' | 'maxNames'>;

const fewNames = 1000; // each run with more samples is looked at, and each one of a plugin with more names
const runsALook = 16; // of all others
const samplesAStep = 1000;

/**
 * The bounds on how many samples a run may give, and how many names a plugin. Looking at the names
 * costs as much as reading the output once more. So of a plugin with up to 1,000 names only each
 * 16th run is looked at. One that has a few other names in each run is found all the same, after
 * 16,000 names at most.
 */
export class SampleBounds {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #limits: () => SampleLimits;
  readonly #byFile = new Map<PluginFile, PluginNames>();

  constructor(clock: Pick<Clock, 'monotonicMs'>, limits: () => SampleLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Drops what is known of scripts that are not among these. */
  present(files: ReadonlySet<PluginFile>): void {
    for (const file of this.#byFile.keys()) if (!files.has(file)) this.#byFile.delete(file);
  }

  /** Passes events on; a script that was changed begins again without a name. */
  watching(emit: Emit): Emit {
    return (event) => {
      if (event.event === 'plugin.changed') this.#byFile.delete(event.plugin);
      emit(event);
    };
  }

  /**
   * Decides which of a run's `count` samples are sent. What comes back leaves out the same ones
   * each time that it is iterated over. Throws what reading the samples throws.
   */
  *bound(file: PluginFile, samples: SampleSource, count: number): Walk<BoundedSamples> {
    const limits = this.#limits();
    const within = count > limits.maxSamples ? without(samples, limits.maxSamples, null) : samples;
    const memory = this.#lookedAt(file, count, limits);
    const named = memory && (yield* withNewNames(within, Math.min(count, limits.maxSamples), memory, limits.maxNames));
    const beyond = Math.max(0, count - limits.maxSamples);
    if (beyond === 0 && !named) return { samples, leftOut: null };
    const { maxSamples, maxNames } = limits;
    const leftOut = { beyond, newNames: named?.count ?? 0, firstNewName: named?.first ?? null, maxSamples, maxNames };
    return { samples: without(samples, maxSamples, named?.marks ?? null), leftOut };
  }

  /** The first samples only, of an output whose names can't be looked at. */
  first(samples: SampleSource): SampleSource {
    return without(samples, this.#limits().maxSamples, null);
  }

  /** The names to compare those of this run with; null: this run is not looked at. */
  #lookedAt(file: PluginFile, count: number, { maxNames }: SampleLimits): NameMemory | null {
    const nowMs = this.#clock.monotonicMs();
    let names = this.#byFile.get(file);
    if (names === undefined) {
      names = { runs: this.#byFile.size, memory: new NameMemory(nowMs) }; // not all of them at the same tick
      this.#byFile.set(file, names);
    }
    names.runs += 1;
    const few = Math.min(fewNames, maxNames / 2);
    if (count <= few && names.memory.size() <= few && names.runs % runsALook !== 1) return null;
    names.memory.age(nowMs);
    return names.memory;
  }
}

/** Samples that are left out: a bit for each sample of a run, set where it is one. */
type LeftOutBits = Uint8Array;

type NewNames = { readonly marks: LeftOutBits; readonly count: number; readonly first: string };

/** Finds the samples whose names are one too many; null: there is none. */
function* withNewNames(samples: SampleSource, count: number, memory: NameMemory, most: number): Walk<NewNames | null> {
  let marks: LeftOutBits | null = null;
  let [first, found, index] = ['', 0, 0];
  for (const sample of samples) {
    if (sample === null || index % samplesAStep === 0) yield;
    if (sample === null) continue;
    if (!memory.admit(sample.metric, most)) {
      marks ??= new Uint8Array(Math.ceil(count / 8));
      marks[index >> 3] = (marks[index >> 3] ?? 0) | (1 << (index & 7));
      if (found === 0) first = sample.metric;
      found += 1;
    }
    index += 1;
  }
  return marks && { marks, count: found, first };
}

/** The first `most` samples, without those that are marked. Null where many of these are passed. */
function without(samples: SampleSource, most: number, marks: LeftOutBits | null): SampleSource {
  return {
    *[Symbol.iterator]() {
      let [index, passed] = [0, 0];
      for (const sample of samples) {
        if (sample === null) {
          yield null;
          continue;
        }
        if (index >= most) return;
        const isLeftOut = marks !== null && ((marks[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
        if (!isLeftOut) yield sample;
        else if (++passed % samplesAStep === 0) yield null;
        index += 1;
      }
    },
  };
}
