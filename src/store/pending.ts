import type { OutputFiles } from '../io/disk/output-files.ts';
import { messageOf } from '../io/errors.ts';
import type { PluginFile } from '../model/plugin.ts';
import type { Stdout } from '../model/run.ts';
import type { Sample } from '../model/sample.ts';

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
   * Moves samples to `take`, those of outputs that are files on disk aside. These stay where they
   * are: the newest 64 MB of them; older ones are moved, too.
   */
  hold(take: (samples: Iterable<Sample>) => void): void;
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
      pending.push({ file, output, bytes: ownBytes, samples, tries: 0 });
      bytes += ownBytes;
    },
    isEmpty: () => pending.length === 0,
    bytes: () => bytes,
    read: () => read(pending),
    committed: () => keep(unread),
    hold(take) {
      let onDiskBytes = 0;
      const staying = new Set(
        pending.toReversed().filter(({ output }) => {
          onDiskBytes += output?.sizeBytes ?? 0;
          return output !== null && onDiskBytes <= mostOutputBytes;
        }),
      );
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
