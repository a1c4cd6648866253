import type { PluginFile } from '../model/plugin.ts';
import type { RecordedRun } from '../model/run.ts';
import type { InFlightClaims } from './in-flight.ts';
import type { SchedulerDeps } from './scheduler-deps.ts';

/**
 * Processes of a former agent that are still running. Each holds the claim of its plugin until it
 * has ended, and needs no slot. The agent is not their parent, so it has to look whether they are
 * still there.
 */
export class Survivors {
  readonly #deps: SchedulerDeps;
  readonly #claims: InFlightClaims;
  #running: readonly RecordedRun[] = [];

  constructor(deps: SchedulerDeps, claims: InFlightClaims) {
    this.#deps = deps;
    this.#claims = claims;
  }

  /**
   * Claims the plugins of the recorded runs that are still running, and forgets the other runs.
   */
  adopt(recorded: readonly RecordedRun[]): void {
    for (const run of recorded) {
      const { file, process, startedMs } = run;
      const entry = this.#deps.isAlive(process) ? this.#claims.claim(file) : null;
      if (!entry) {
        this.#deps.forgetRun(file);
        continue;
      }
      this.#running = [...this.#running, run];
      entry.adopt(process.pid, startedMs);
      this.#deps.emit({ event: 'run.survived', plugin: file, pid: process.pid });
    }
  }

  has(file: PluginFile): boolean {
    return this.#running.some((run) => run.file === file);
  }

  /** Releases the plugins whose process has ended since the last look. */
  releaseEnded(): void {
    this.#running = this.#running.filter((run) => this.#isStillRunning(run));
  }

  #isStillRunning({ file, process }: RecordedRun): boolean {
    const { isAlive, forgetRun, emit } = this.#deps;
    if (isAlive(process)) return true;
    this.#claims.release(file);
    forgetRun(file);
    emit({ event: 'run.survivor-ended', plugin: file, pid: process.pid });
    return false;
  }
}
