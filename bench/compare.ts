import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makePlace, writePlugin } from './agent.ts';
import { collectd } from './agents/collectd.ts';
import { monit } from './agents/monit.ts';
import { muninNode } from './agents/munin-node.ts';
import { own } from './agents/own.ts';
import { findProgram, type Rival } from './agents/rival.ts';
import { zabbixAgent, zabbixAgent2 } from './agents/zabbix.ts';
import { cpuBetween, descendants, readAgentCpu } from './process-cpu.ts';
import { table } from './section.ts';
import { spread } from './statistics.ts';
import { buildYardsticks, type Yardsticks } from './yardsticks.ts';

const plugins = 1000;
const leftOut = 8; // code is compiled during these ticks
const ticks = 5;
const concurrency = Math.max(4, 2 * availableParallelism());
const rivals: readonly Rival[] = [own, collectd, monit, muninNode, zabbixAgent, zabbixAgent2];

/** The heading of the comparison. `npm run bench` keeps the section under it. */
export const comparisonTitle = 'Beside other agents';

/**
 * For each tick: CPU a run in ms, of the agent's processes alone and with what plugins cost more
 * under it, and the tick's length in ms. `memoryMiB` is of all its processes; a shared page is
 * divided among the processes that share it.
 */
type Figures = {
  readonly direct: readonly number[];
  readonly cpu: readonly number[];
  readonly makespan: readonly number[];
  readonly memoryMiB: number;
};

/**
 * Measures the agent, and each installed rival, on the same scripts. Returns the text of the
 * section.
 */
export async function compare(say: (line: string) => void): Promise<string> {
  const yardsticks = buildYardsticks();
  if (yardsticks === null) throw new Error('the comparison needs a C compiler (cc)');
  const rows: string[][] = [];
  const missing: string[] = [];
  for (const rival of rivals) {
    const program = findProgram(rival.program) ?? (rival === own ? rival.program : null);
    if (program === null) {
      missing.push(rival.name);
      continue;
    }
    const { direct, cpu, makespan, memoryMiB } = await measure(rival, program, yardsticks);
    const row = [rival.name, spread(cpu, 3), spread(direct, 3), spread(makespan, 0), memoryMiB.toFixed(0), rival.how];
    say(row.join(', '));
    rows.push(row);
  }
  yardsticks.close();
  const absent = missing.length > 0 ? ` Not installed here: ${missing.join(', ')}.` : '';
  const date = new Date().toISOString().slice(0, 10);
  const load = readFileSync('/proc/loadavg', 'latin1').split(' ')[0];
  return `Made by \`npm run bench -- --agents\` on ${date}: Node ${process.versions.node}, ${cpus().length} cores, load average ${load}.
${plugins.toLocaleString('en')} \`sh\` plugins print a line each, for ${ticks} ticks after ${leftOut} that are left out.${absent}

CPU is in ms a run. "Of its processes" is the CPU of all processes of the agent. "Own CPU" adds what
its plugins' processes cost more than under the C yardstick (a fork of the agent, a shell in
between). A tick is in ms, until the last run has ended; for agents with an interval of their own, it
is counted from the first run that ended. Memory is in MiB, of all processes of the agent after a
tick.

${table(['agent', 'own CPU a run', 'of its processes', 'a tick', 'memory', 'how it was driven'], rows)}`;
}

async function measure(rival: Rival, program: string, yardsticks: Yardsticks): Promise<Figures> {
  const place = makePlace();
  const script = rival.script ?? ((index: number) => `#!/bin/sh\necho "metric_${index} 1.0"\n`);
  for (let index = 0; index < plugins; index += 1) writePlugin(join(place.scripts, `plugin_${index}`), script(index));
  const bareBefore = await yardsticks.floor(place.scripts, { concurrency, repeat: 2 });
  const running = await rival.start(place, program, plugins);
  for (let tick = 0; tick < leftOut; tick += 1) await running.tick();
  const direct: number[] = [];
  const ended: number[] = [];
  const makespan: number[] = [];
  for (let tick = 0; tick < ticks; tick += 1) {
    await delay(300);
    const before = readAgentCpu(running.pid);
    makespan.push(await running.tick());
    await delay(300);
    const { ownMs, helpersMs, endedMs } = cpuBetween(before, readAgentCpu(running.pid));
    direct.push((ownMs + helpersMs) / plugins);
    ended.push(endedMs / plugins);
  }
  const memoryMiB = [running.pid, ...descendants(running.pid)].reduce((sum, pid) => sum + proportionalMiB(pid), 0);
  await running.stop();
  const bareAfter = await yardsticks.floor(place.scripts, { concurrency, repeat: 2 });
  place.remove();
  const bareMs = (bareBefore.childrenMs + bareAfter.childrenMs) / (bareBefore.runs + bareAfter.runs);
  if (Math.min(...ended) < 0.5 * bareMs) throw new Error(`${rival.name} has not run all ${plugins} plugins`);
  const cpu = direct.map((ms, index) => ms + Math.max(0, (ended[index] ?? 0) - bareMs));
  return { direct, cpu, makespan, memoryMiB };
}

function proportionalMiB(pid: number): number {
  try {
    return Number(/^Pss:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0) / 1024;
  } catch {
    return 0; // it has ended, and was not reaped yet
  }
}
