import type { OutputFiles } from '../io/disk/output-files.ts';
import type { LastRun } from '../model/run.ts';
import type { PreviousRun } from '../model/trial.ts';

/**
 * The former run that a trial is given: its facts, the file with its output (null: it was empty),
 * and a way to remove that file.
 */
export type KeptPrevious = { readonly lastRun: LastRun | null; readonly stdinPath: string | null; remove(): void };

/**
 * Writes the output of a former run, which the command sent along, into a file. Throws what the
 * system says if that fails.
 */
export function keepPrevious({ endedAtS, status, stdout }: PreviousRun, outputs: OutputFiles): KeptPrevious {
  const bytes = Buffer.from(stdout, 'base64');
  const lastRun = { endedAtS, status };
  if (bytes.length === 0) return { lastRun: { ...lastRun, output: null }, stdinPath: null, remove() {} };
  const file = outputs.create();
  try {
    file.append(bytes);
  } catch (error) {
    outputs.remove(file.name);
    throw error;
  } finally {
    file.close();
  }
  const output = { name: file.name, sizeBytes: bytes.length };
  return {
    lastRun: { ...lastRun, output },
    stdinPath: outputs.pathOf(file.name),
    remove: () => outputs.remove(file.name),
  };
}
