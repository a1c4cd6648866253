import { expect } from 'vitest';
import { type Plugin, type PluginFile, pluginFile, pluginName } from '../../src/model/plugin.ts';
import type { ProcessIdentity } from '../../src/model/run.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { eventLog } from '../helpers/event-log.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { turn } from '../helpers/turns.ts';

/** A plugin of that file name. */
export const plugin = (file: string): Plugin => ({
  file: pluginFile(file),
  name: pluginName(file),
  path: `/scripts/${file}`,
});
const plugins = (...files: string[]) => files.map(plugin);

const fixedSlots = (runs: number) => ({ least: runs, most: runs });

type ControlledRun = { pid: number | null; end(): void };

/** A scheduler whose runs are promises that the test ends. */
export function setUp({ maxConcurrency = 2, overdueAfterMs = 1000, slots = fixedSlots(maxConcurrency) } = {}) {
  const clock = fakeClock(1_000_000);
  const events = eventLog();
  const started: string[] = [];
  const running = new Map<string, ControlledRun>();
  const recorded: (readonly [PluginFile, number, number])[] = [];
  const forgotten: PluginFile[] = [];
  const alive = new Set<number>();
  const unstartable = new Set<string>();
  const load = {
    busy: null as number | null,
    memory: true,
    looks: 0,
    look() {
      load.looks += 1;
    },
    busyPercent: () => load.busy,
    hasMemory: () => load.memory,
  };
  let pids = 100;
  const scheduler = new Scheduler({
    clock,
    isAlive: ({ pid }: ProcessIdentity) => alive.has(pid),
    emit: events.emit,
    slots,
    load,
    overdueAfterMs,
    startRun({ file }) {
      if (unstartable.has(file)) throw new Error(`${file} can't be started`);
      expect(running.has(file)).toBe(false); // never doubled
      started.push(file);
      pids += 1;
      const run = { pid: pids, end() {} };
      running.set(file, run);
      const ended = new Promise<void>((resolve) => {
        run.end = () => {
          running.delete(file);
          resolve();
        };
      });
      return { pid: () => run.pid, ended };
    },
    untilRoom: () => null,
    recordRun: (file, startedMs, pid) => recorded.push([file, startedMs, pid]),
    forgetRun: (file) => forgotten.push(file),
  });
  async function turns() {
    for (let time = 0; time < 3; time += 1) await turn();
  }
  /**
   * Begins a tick and gives the runs time to begin; whether its promise has resolved can be asked
   * for.
   */
  async function tick(...files: string[]) {
    let isSettled = false;
    void scheduler.tick({ atS: unixSeconds(clock.nowMs() / 1000) }, plugins(...files)).then(() => {
      isSettled = true;
    });
    await turns();
    return { isSettled: () => isSettled };
  }
  /** Several end in the same moment. */
  async function end(...files: string[]) {
    for (const file of files) running.get(file)?.end();
    await turns();
  }
  async function advance(ms: number) {
    clock.advance(ms);
    await turns();
  }
  return {
    clock,
    events,
    started,
    running,
    load,
    recorded,
    forgotten,
    alive,
    unstartable,
    scheduler,
    turns,
    tick,
    end,
    advance,
    /** A tick of one plugin whose run takes `ms`. */
    async run(file: string, ms: number) {
      await tick(file);
      await advance(ms);
      await end(file);
    },
    async setConcurrency(runs: number) {
      scheduler.setSlots(fixedSlots(runs));
      await turns();
    },
    states: () => scheduler.inFlight().map(({ file, state }) => `${file} ${state}`),
  };
}
