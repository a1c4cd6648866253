import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { Stdout } from '../model/run.ts';
import type { Sample } from '../model/sample.ts';
import { packedLine } from './spool/blocks.ts';

/**
 * Samples between a run's end and their commit. They are read from the run's output when they are
 * needed, so that they cost no memory of their own.
 */
export type PendingSamples = {
  /**
   * Adds samples and the run that they come from. `file` and `stdout` are null if they come from
   * none.
   */
  add(file: PluginFile | null, stdout: Stdout | null, samples: Iterable<Sample>): void;
  isEmpty(): boolean;
  /** How many bytes of outputs are in memory. */
  bytes(): number;
  /**
   * Reads all samples. Outputs that can't be read now are kept for the next `read`, up to 10
   * times; then they are reported as lost.
   */
  read(): Iterable<Sample>;
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
  readonly samples: Iterable<Sample>;
  readonly tries: number;
  /** How many bytes the spool needs for its samples. Null: not measured yet. */
  packedBytes: number | null;
};

const mostTries = 10;
const mostOutputBytes = 64 * 1024 * 1024;

/** Makes the list of pending samples. `onLost` is called for an output that can't be read. */
export function createPendingSamples(
  outputs: OutputFiles,
  onLost: (file: PluginFile, detail: string) => void,
): PendingSamples {
  let pending: PendingOutput[] = [];
  let unread: PendingOutput[] = []; // of the last reading
  let bytes = 0;

  function* read(all: readonly PendingOutput[]): Generator<Sample, void, undefined> {
    unread = [];
    for (const one of all) {
      let isBegun = false;
      try {
        if (one.output !== null && outputs.sizeOf(one.output.name) !== one.output.sizeBytes)
          throw new Error('it is gone, or has another size');
        for (const sample of one.samples) {
          isBegun = true;
          yield sample;
        }
      } catch (error) {
        if (!isBegun && one.tries < mostTries) unread.push({ ...one, tries: one.tries + 1 });
        else if (one.file !== null) onLost(one.file, `samples of its output can't be read: ${messageOf(error)}`);
      }
    }
  }

  function keep(kept: PendingOutput[]) {
    pending = kept;
    bytes = pending.reduce((sum, one) => sum + one.bytes, 0);
  }

  return {
    add(file, stdout, samples) {
      const output = stdout?.kind === 'file' ? { name: stdout.name, sizeBytes: stdout.sizeBytes } : null;
      const ownBytes = stdout?.kind === 'bytes' ? stdout.bytes.length : 0;
      pending.push({ file, output, bytes: ownBytes, samples, tries: 0, packedBytes: null });
      bytes += ownBytes;
    },
    isEmpty: () => pending.length === 0,
    bytes: () => bytes,
    read: () => read(pending),
    committed: () => keep(unread),
    hold(take, roomBytes) {
      const staying = stayingOnDisk(pending, roomBytes);
      take(read(pending.filter((one) => !staying.has(one))));
      keep([...unread, ...pending.filter((one) => staying.has(one))]);
    },
    needsOutputs: () => pending.some(({ output }) => output !== null),
    count() {
      let samples = 0;
      for (const _ of read(pending)) samples += 1;
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
      for (const { metric, value, atS } of one.samples) sum += packedLine(metric, value, atS).length;
      one.packedBytes = sum;
    } catch {
      // it is tried again at the next call, or read for the commit
    }
  }
  return one.packedBytes ?? Number.POSITIVE_INFINITY;
}
