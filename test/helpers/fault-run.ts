import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../src/io/disk/database.ts';
import {
  type BreakableCollector,
  breakableCollector,
  type ConnectionRecord,
  type DeliveryMoment,
} from './breakable-collector.ts';
import { type AgentLives, linesPerRun, livesOfAgent } from './fault-lives.ts';
import { type Fault, type Kill, kindsOfFaults, planFaults } from './fault-plan.ts';
import { judge, type Verdict } from './fault-verdict.ts';
import { impatience } from './impatience.ts';
import { secrets } from './secrets.ts';

/**
 * What came of a run. `problems` is empty where everything held; `faults` and `kills` are how many
 * there were, `numbers` how many were printed.
 */
export type FaultReport = Verdict & {
  readonly faults: number;
  readonly kills: number;
  readonly numbers: number;
  readonly arrived: number;
};

/** How long after the kill's time a moment of the wanted kind is waited for. */
const longestMomentMs = 2000;

/**
 * Runs the real program, with a plugin that counts, against a real collector that fails in every
 * way for `durationMs` or longer, while the agent is killed and started again; lets both be well
 * again, stops the agent, and judges what arrived. The schedule is in real time, unlike anywhere
 * else in the tests: what is looked for lies between processes, and no fake clock reaches there.
 * No assertion hangs on a time but one: that a run is committed half a second after its end.
 *
 * `dir` is an empty private directory. `onCleanup` takes what must be done at the end, whatever
 * happens. Rejects when the agent ends by itself.
 */
export async function runFaults(options: {
  readonly seed: number;
  readonly durationMs: number;
  readonly dir: string;
  readonly onCleanup: (fn: () => Promise<void>) => void;
}): Promise<FaultReport> {
  const { seed, durationMs, dir, onCleanup } = options;
  const plan = planFaults(seed, durationMs, linesPerRun);
  const isTls = seed % 2 === 0;
  const host = `127.${64 + (seed % 64)}.${(process.pid >> 8) & 255}.${process.pid & 255}`; // no other test has it: its port stays free while it is away
  const collector = await breakableCollector({ host, isTls, key: secrets.apiKey });
  onCleanup(() => collector.goAway(true));
  const agents: AgentLives = livesOfAgent(dir, collector.address, onCleanup);
  const startMs = performance.now();
  const passedMs = () => performance.now() - startMs;
  const problems: string[] = [];
  let faults = 0;

  agents.start();
  await Promise.all([breakCollector(), killAgents()]);

  const lastBefore = await untilAlive(() => keptNumber(dir));
  await untilAlive(() => collector.connections.some(({ lines }) => numberIn(lines.at(-1) ?? '').number >= lastBefore));
  problems.push(...(await agents.stop()));
  const lastNumber = keptNumber(dir) ?? 0;
  const connections = collector.connections.map(seen);
  const verdict = judge({ connections, lastNumber, killedPids: agents.killedPids, silenceMs: impatience.silenceMs });
  const left = blocksLeft(dir);
  if (left > 0) problems.push(`${left} blocks are left in the spool`);
  return {
    ...verdict,
    problems: [...problems, ...agents.problems(), ...verdict.problems].slice(0, 20),
    faults,
    kills: agents.killedPids.length,
    numbers: lastNumber,
    arrived: connections.reduce((sum, { numbers }) => sum + numbers.length, 0),
  };

  /** Waits, and is not patient with an agent that has gone. */
  function untilAlive<Value>(look: () => Value | null | false): Promise<Value> {
    return until(() => {
      agents.mustLive();
      return look();
    });
  }

  async function breakCollector(): Promise<void> {
    while (passedMs() < durationMs || faults < kindsOfFaults) {
      const { pauseMs, fault } = plan.faults.next().value;
      await pause(pauseMs);
      if (fault.kind === 'stalls') await untilAlive(() => collector.unclosedInARow() === 0);
      const before = agents.returned();
      await begin(collector, fault);
      const isOver = () =>
        agents.returned() >= before + fault.returns || (fault.kind === 'stalls' && !collector.isStalling());
      await untilAlive(isOver);
      await end(collector, fault);
      faults += 1;
    }
  }

  async function killAgents(): Promise<void> {
    for (const kill of plan.kills) {
      await pause(kill.atMs - passedMs());
      await momentOf(collector, kill, agents.pid(), () => agents.kill());
      await agents.gone();
      await pause(kill.downMs);
      agents.start();
    }
  }
}

async function begin(collector: BreakableCollector, fault: Fault): Promise<void> {
  if (fault.kind === 'away') await collector.goAway(fault.isAbrupt);
  else if (fault.kind === 'resets') collector.setMode({ resetAfter: fault.afterLines });
  else if (fault.kind === 'stalls') collector.setMode({ stall: fault.step });
  else collector.setMode({ refuse: true });
}

async function end(collector: BreakableCollector, fault: Fault): Promise<void> {
  if (fault.kind === 'away') await collector.comeBack();
  else collector.setMode({ resetAfter: null, stall: null, refuse: false });
}

/**
 * Calls `strike` at the first moment of the kind in a delivery of this process, or when none
 * comes.
 */
async function momentOf(
  collector: BreakableCollector,
  { moment }: Kill,
  pid: number,
  strike: () => void,
): Promise<void> {
  let hasStruck = false;
  const strikeOnce = (): void => {
    if (!hasStruck) strike();
    hasStruck = true;
  };
  const latestMs = performance.now() + longestMomentMs;
  if (moment === 'any') strikeOnce();
  collector.onMoment = (kind: DeliveryMoment, by) => {
    if (kind === moment && by === pid) strikeOnce();
  };
  await until(() => hasStruck || performance.now() > latestMs);
  strikeOnce();
  collector.onMoment = () => {};
}

/**
 * The last number of the last completed run, as the agent keeps it for the next one; null: it is
 * writing just now, or there was none.
 */
function keptNumber(dir: string): number | null {
  const outputs = join(dir, 'state', 'outputs');
  try {
    const [name, ...others] = readdirSync(outputs);
    if (name === undefined || others.length > 0) return null;
    return Number(readFileSync(join(outputs, name), 'utf8').trimEnd().split(' ').at(-1));
  } catch {
    return null; // it was replaced meanwhile
  }
}

/** How many blocks of samples are in the spool, by the agent's own table. */
function blocksLeft(dir: string): number {
  const db = openDatabase(join(dir, 'state', 'instrument_server.db'));
  const left = Number(db.prepare('SELECT COUNT(*) AS count FROM blocks').all()[0]?.['count']);
  db.close();
  return left;
}

function seen({ pid, isInOrder, openedMs, closedMs, lines }: ConnectionRecord) {
  return { pid, isInOrder, lastedMs: (closedMs ?? Number.POSITIVE_INFINITY) - openedMs, numbers: lines.map(numberIn) };
}

/**
 * `gauge h.counts-on.n7 207 1700000000 1` is the number 207; NaN where the line is not as the
 * plugin printed it.
 */
function numberIn(line: string): { readonly number: number; readonly atS: number } {
  const [, step, value, atS] = /^gauge h\.counts-on\.n(\d+) (\d+) (\d+) 1$/.exec(line) ?? [];
  const number = Number(value);
  return { number: (number - 1) % linesPerRun === Number(step) - 1 ? number : Number.NaN, atS: Number(atS) };
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, delayMs)));
}

/**
 * Looks every few milliseconds until there is something other than null or false, and gives it.
 */
async function until<Value>(look: () => Value | null | false): Promise<Value> {
  for (;;) {
    const found = look();
    if (found !== null && found !== false) return found;
    await pause(5);
  }
}
