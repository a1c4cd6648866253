import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { Stdout } from '../model/run.ts';
import type { Sample, SampleSource } from '../model/sample.ts';
import { packedLine } from './spool/blocks.ts';

/**
 * Samples between a run's end and their commit. They are read from the run's output when they are
 * needed, part by part, so that they cost little memory of their own, and so that no commit takes
 * long.
 */
export type PendingSamples = {
  /**
   * Adds samples and the run that they come from. `file` and `stdout` are null if they come from
   * none.
   */
  add(file: PluginFile | null, stdout: Stdout | null, samples: SampleSource): void;
  isEmpty(): boolean;
  /** Whether there are samples that can be read now, after those of the last `read`. */
  hasMore(): boolean;
  /** How many bytes of outputs are in memory. */
  bytes(): number;
  /**
   * Reads the next samples, `most` at most; the same ones again if they were not committed. Outputs
   * that can't be read now are kept for a later `read`, up to 10 times; then they are reported as
   * lost.
   */
  read(most: number): readonly Sample[];
  /** The plugins of outputs that `read` has not read to the end, or could not read. */
  unfinished(): ReadonlySet<PluginFile>;
  /** Notes that what `read` returned last is on disk. */
  committed(): void;
  /**
   * Moves samples to `take`, which has room for `roomBytes` of them. Outputs that are files on disk
   * stay where they are if there is no room for their samples: the newest 64 MB of them; older ones
   * are moved all the same.
   */
  hold(take: (samples: Iterable<Sample>) => void, roomBytes: number): void;
  /** Whether an output on disk is still to be read. */
  needsOutputs(): boolean;
  /**
   * Counts the samples that can be read, and calls `onLost` for each output that can't be read.
   */
  count(): number;
};

type PendingOutput = {
  readonly file: PluginFile | null;
  readonly output: { readonly name: string; readonly sizeBytes: number } | null;
  readonly bytes: number;
  readonly samples: SampleSource;
  /** What is left of it. Null: it is not begun. */
  rest: Iterator<Sample | null> | null;
  tries: number;
  /** How many bytes the spool needs for its samples. Null: not measured yet. */
  packedBytes: number | null;
};

const mostTries = 10;
const samplesAPause = 1000; // about what is read in the time of one
const mostOutputBytes = 64 * 1024 * 1024;

/** Makes the list of pending samples. `onLost` is called for an output that can't be read. */
export function createPendingSamples(
  outputs: OutputFiles,
  onLost: (file: PluginFile, detail: string) => void,
): PendingSamples {
  let queue: PendingOutput[] = []; // the first one may have been read in part
  let unread: PendingOutput[] = []; // could not be read when it was their turn
  let uncommitted: Sample[] = [];
  let bytes = 0;

  function failed(one: PendingOutput, isBegun: boolean, error: unknown) {
    if (!isBegun && one.tries <= mostTries) unread.push(one);
    else if (one.file !== null) onLost(one.file, `samples of its output can't be read: ${messageOf(error)}`);
  }

  const next = (one: PendingOutput) => nextSample(one, outputs, failed);

  function* all(those: readonly PendingOutput[]): Generator<Sample, void, undefined> {
    yield* uncommitted;
    for (const one of those)
      for (let sample = next(one); sample !== null; sample = next(one)) if (sample !== 'pause') yield sample;
  }

  function keep(kept: PendingOutput[]) {
    queue = kept;
    bytes = [...queue, ...unread].reduce((sum, one) => sum + one.bytes, 0);
  }

  return {
    add(file, stdout, samples) {
      const output = stdout?.kind === 'file' ? { name: stdout.name, sizeBytes: stdout.sizeBytes } : null;
      const ownBytes = stdout?.kind === 'bytes' ? stdout.bytes.length : 0;
      queue.push({ file, output, bytes: ownBytes, samples, rest: null, tries: 0, packedBytes: null });
      bytes += ownBytes;
    },
    isEmpty: () => queue.length === 0 && unread.length === 0 && uncommitted.length === 0,
    hasMore: () => queue.length > 0,
    bytes: () => bytes,
    read(most) {
      if (uncommitted.length > 0 || most === 0) return uncommitted;
      if (queue[0]?.rest == null) {
        queue = [...unread, ...queue];
        unread = [];
      }
      let [passed, pauses] = [0, 0];
      for (let one = queue[0]; one && uncommitted.length + pauses * samplesAPause < most; one = queue[passed]) {
        const sample = next(one);
        if (sample === null) passed += 1;
        else if (sample === 'pause') pauses += 1;
        else uncommitted.push(sample);
      }
      queue = queue.slice(passed);
      return uncommitted;
    },
    unfinished: () => new Set([...unread, ...queue].flatMap(({ file }) => file ?? [])),
    committed() {
      uncommitted = [];
      keep(queue);
    },
    hold(take, roomBytes) {
      const pending = [...unread, ...queue];
      const staying = stayingOnDisk(pending, roomBytes);
      unread = [];
      take(all(pending.filter((one) => !staying.has(one))));
      uncommitted = [];
      keep(pending.filter((one) => staying.has(one)));
    },
    needsOutputs: () => [...unread, ...queue].some(({ output }) => output !== null),
    count() {
      let samples = 0;
      const pending = [...unread, ...queue];
      unread = [];
      for (const _ of all(pending)) samples += 1;
      for (const { file } of unread)
        if (file !== null) onLost(file, 'samples of its output could not be read before the agent ended');
      return samples;
    },
  };
}

/** Returns outputs on disk for whose samples memory has no room now: the newest 64 MB of them. */
function stayingOnDisk(pending: readonly PendingOutput[], roomBytes: number): ReadonlySet<PendingOutput> {
  let [room, onDiskBytes] = [roomBytes, 0];
  const tooLarge = pending.filter((one) => {
    if (one.output === null) {
      room -= one.bytes;
      return false;
    }
    const needed = packedBytesOf(one, one.output.sizeBytes, room);
    if (needed > room) return true;
    room -= needed;
    return false;
  });
  const staying = tooLarge.toReversed().filter(({ output }) => {
    onDiskBytes += output?.sizeBytes ?? 0;
    return onDiskBytes <= mostOutputBytes;
  });
  return new Set(staying);
}

/**
 * Returns how many bytes the samples of an output take in the spool. An output that is itself
 * larger than `room`, or that can't be read now, is not measured.
 */
function packedBytesOf(one: PendingOutput, sizeBytes: number, room: number): number {
  if (one.packedBytes === null && sizeBytes <= room) {
    try {
      let sum = 0;
      for (const sample of one.samples)
        if (sample !== null) sum += packedLine(sample.metric, sample.value, sample.atS, sample.series).length;
      one.packedBytes = sum;
    } catch {
      // it is tried again at the next call, or read for the commit
    }
  }
  return one.packedBytes ?? Number.POSITIVE_INFINITY;
}

/**
 * Returns the next sample of an output. 'pause': there may be one later. Null: there is none, or
 * none can be read now, which is given to `failed`.
 */
function nextSample(
  one: PendingOutput,
  outputs: OutputFiles,
  failed: (one: PendingOutput, isBegun: boolean, error: unknown) => void,
): Sample | 'pause' | null {
  const isBegun = one.rest !== null;
  try {
    if (!isBegun && one.output !== null && outputs.sizeOf(one.output.name) !== one.output.sizeBytes)
      throw new Error('it is gone, or has another size');
    one.rest ??= one.samples[Symbol.iterator]();
    const { done, value } = one.rest.next();
    return done === true ? null : (value ?? 'pause');
  } catch (error) {
    one.rest = null;
    one.tries += 1;
    failed(one, isBegun, error);
    return null;
  }
}
