import {
  agentUser,
  type CollectorInside,
  collectorInside,
  dropPlugin,
  startAsUnit,
  ticksUntilSample,
  useCollector,
} from './installed-agent.ts';
import type { SystemsKit } from './kit.ts';
import { eventually, type TreeMachine } from './machine.ts';

/**
 * The agent of an installed package reports, is upgraded to version 99.0.0 while it runs and its
 * collector is away, and continues where the former one stopped. In the end it is stopped.
 */
export async function liveThroughUpgrade(
  claim: SystemsKit['claim'],
  machine: TreeMachine,
  upgrade: () => Promise<number | null>,
): Promise<void> {
  const check = await machine.attempt('instrument_server check');
  claim('check as root is good at once', check.status === 0, check.output);
  const collector = await collectorInside(machine, 0);
  await useCollector(machine, collector);
  const agent = await startAsUnit(machine);
  const ticks = await ticksUntilSample(machine, collector);
  claim(`the sample of a plugin arrives within two ticks (after ${ticks.toFixed(1)})`, ticks <= 2);
  await dropPlugin(machine, 'count.sh', 'read -r _ last; echo "runs $((last + 1))"'); // stdin: what it printed last
  await eventually('two runs', async () => counts(collector).includes(2));
  await collector.stop();

  claim('an upgrade succeeds', (await upgrade()) === 0);
  claim('and ends no agent where no systemd is', agent.process.exitCode === null, agent.printed());
  await stop(claim, machine, agent);
  const newAgent = await startAsUnit(machine);
  const again = await collectorInside(machine, collector.port);
  const reached = Math.max(...counts(collector));
  await eventually('three more runs', async () => Math.max(0, ...counts(again)) >= reached + 3);
  const all = [...new Set([...runs(collector), ...runs(again)])]; // a batch may come twice, with the same times
  const isInOrder = all.every((run, index) => run.startsWith(`${index + 1} `));
  claim('no run is missing and none is counted again, over stop and upgrade', isInOrder, all.join(', '));
  const hello = again.lines().find((line) => line.startsWith('hello ')) ?? '';
  claim('the new version reports', hello.includes(`${agentUser}/99.0.0 `), hello);
  await stop(claim, machine, newAgent);
  await again.stop();
}

async function stop(
  claim: SystemsKit['claim'],
  machine: TreeMachine,
  agent: Awaited<ReturnType<typeof startAsUnit>>,
): Promise<void> {
  await machine.run(`instrument_server -u ${agentUser} stop`);
  claim('stop ends it with status 0', (await agent.exit) === 0, agent.printed());
}

/** The counts that have arrived, each with its time. */
function runs(collector: CollectorInside): readonly string[] {
  return collector.lines().flatMap((line) => /^gauge web-1\.count\.runs (\d+ \d+) /.exec(line)?.[1] ?? []);
}

function counts(collector: CollectorInside): readonly number[] {
  return runs(collector).map((run) => Number.parseInt(run, 10));
}
