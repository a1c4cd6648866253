import type { OutputFiles } from '../../io/disk/output-files.ts';
import { messageOf } from '../../io/errors.ts';
import type { PluginFile } from '../../model/plugin.ts';
import type { Stdout } from '../../model/run.ts';
import type { Sample } from '../../model/sample.ts';

/** Samples between a run's end and their commit. They are read from the run's output when they are needed, so that they cost no memory of their own. */
export type Pending = {
  /** `file` and `stdout` are of the run that the samples come from; null: they come from none. */
  add(file: PluginFile | null, stdout: Stdout | null, samples: Iterable<Sample>): void;
  isEmpty(): boolean;
  /** How much memory it holds, in outputs. */
  bytes(): number;
  /** All samples. What can't be read now is tried again after `committed`, some times; then it is told as lost. */
  read(): Iterable<Sample>;
  /** What `read` gave last is on disk. */
  committed(): void;
  /** Moves what is in memory to `take`. Outputs on disk stay there, but for the oldest where they are too large together. */
  hold(take: (samples: Iterable<Sample>) => void): void;
  /** Whether an output on disk is still to be read. */
  needsOutputs(): boolean;
  /** How many samples there are, as far as they can be read; of outputs that can't, `onLost` is told. */
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

/** Nothing is pending. `onLost` is told of an output that can't be read. */
export function createPending(outputs: OutputFiles, onLost: (file: PluginFile, detail: string) => void): Pending {
  let parts: PendingOutput[] = [];
  let unread: PendingOutput[] = []; // of the last reading
  let bytes = 0;

  function* read(all: readonly PendingOutput[]): Generator<Sample, void, undefined> {
    unread = [];
    for (const part of all) {
      let isBegun = false;
      try {
        if (part.output !== null && outputs.sizeOf(part.output.name) !== part.output.sizeBytes)
          throw new Error('it is gone, or has another size');
        for (const sample of part.samples) {
          isBegun = true;
          yield sample;
        }
      } catch (error) {
        if (!isBegun && part.tries < mostTries) unread.push({ ...part, tries: part.tries + 1 });
        else if (part.file !== null) onLost(part.file, `samples of its output can't be read: ${messageOf(error)}`);
      }
    }
  }

  function keep(kept: PendingOutput[]) {
    parts = kept;
    bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  }

  return {
    add(file, stdout, samples) {
      const output = stdout?.kind === 'file' ? { name: stdout.name, sizeBytes: stdout.sizeBytes } : null;
      const ownBytes = stdout?.kind === 'bytes' ? stdout.bytes.length : 0;
      parts.push({ file, output, bytes: ownBytes, samples, tries: 0 });
      bytes += ownBytes;
    },
    isEmpty: () => parts.length === 0,
    bytes: () => bytes,
    read: () => read(parts),
    committed: () => keep(unread),
    hold(take) {
      let onDiskBytes = 0;
      const staying = new Set(
        parts.toReversed().filter(({ output }) => {
          onDiskBytes += output?.sizeBytes ?? 0;
          return output !== null && onDiskBytes <= mostOutputBytes;
        }),
      );
      take(read(parts.filter((part) => !staying.has(part))));
      keep([...unread, ...parts.filter((part) => staying.has(part))]);
    },
    needsOutputs: () => parts.some(({ output }) => output !== null),
    count() {
      let samples = 0;
      for (const _ of read(parts)) samples += 1;
      for (const { file } of unread)
        if (file !== null) onLost(file, 'samples of its output could not be read before the agent ended');
      return samples;
    },
  };
}
