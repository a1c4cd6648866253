import type { OutputFiles } from '../../io/disk/output-files.ts';
import type { PluginFile } from '../../model/plugin.ts';
import type { LastRun } from '../../model/run.ts';

type FormerOutput = { readonly file: PluginFile; readonly name: string; readonly sizeBytes: number };

/**
 * Kept outputs that a newer run has replaced. A row on disk may still name one until the next
 * commit, and the agent may be killed before it: such an output is removed only after that
 * commit.
 */
export class FormerOutputs {
  readonly #outputs: OutputFiles;
  /** The output that each row on disk names. */
  readonly #namedOnDisk = new Map<PluginFile, string>();
  #former: FormerOutput[] = [];

  constructor(outputs: OutputFiles) {
    this.#outputs = outputs;
  }

  /** Adds the output that a run of `file` has replaced, if it had one. */
  add(file: PluginFile, output: LastRun['output'] | undefined): void {
    if (output) this.#former.push({ file, ...output });
  }

  /** Notes which output the row of `file` names on disk now, if any. */
  committed(file: PluginFile, output: LastRun['output'] | undefined): void {
    if (output) this.#namedOnDisk.set(file, output.name);
    else this.#namedOnDisk.delete(file);
  }

  /** Notes that the file is empty: no row on disk names an output. */
  startAfresh(): void {
    this.#namedOnDisk.clear();
  }

  /** Removes the former outputs that no row on disk names. */
  remove(): void {
    const isNamed = ({ file, name }: FormerOutput) => this.#namedOnDisk.get(file) === name;
    for (const output of this.#former) if (!isNamed(output)) this.#outputs.remove(output.name, output.sizeBytes);
    this.#former = this.#former.filter(isNamed);
  }

  /**
   * Removes all kept outputs that no row on disk names, or that are damaged: those count as lost.
   */
  removeUnnamed(): void {
    const named = new Set(this.#namedOnDisk.values());
    for (const name of this.#outputs.list())
      if (!named.has(name) || !this.#outputs.isIntact(name)) this.#outputs.remove(name);
  }
}
