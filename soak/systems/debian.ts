import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
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
import { eventually, startTreeMachine, type TreeMachine } from './machine.ts';

/** What a purge may leave changed, and why. */
const explained: readonly (readonly [path: RegExp, why: string])[] = [
  [/^\/var\/log\/(dpkg|alternatives)\.log$/, "dpkg's log of what it did"],
  [/^\/var\/lib\/dpkg\/(status|status-old|available|lock|lock-frontend|triggers\/Lock)$/, "dpkg's own records"],
  [/^\/etc\/(passwd|group|shadow|gshadow)-$/, 'the copies that useradd and userdel make of what they change'],
  [/^\/var\/lib\/systemd\/deb-systemd-(helper|user-helper)-\w+$/, "folders of deb-systemd-helper's records, empty"],
];

/**
 * The Debian package on a fresh Debian without Node and systemd: it is installed by dpkg alone,
 * reports, is upgraded, and is purged without a trace.
 */
export async function debianPackage({ say, claim, packageOf, tree }: SystemsKit, suite: string): Promise<void> {
  const [former, later] = [packageOf('amd64', 'deb'), packageOf('--version', '99.0.0', 'amd64', 'deb')];
  const machine = await startTreeMachine(tree(suite));
  try {
    say(`  ${await machine.run(`. /etc/os-release; echo "$PRETTY_NAME, $(ldd --version | head -n 1)"`)}`);
    claim('it has no Node', (await machine.attempt('command -v node nodejs')).status !== 0);
    const before = await listing(machine);
    claim('dpkg -i installs it', (await install(machine, former)) === 0);
    const check = await machine.attempt(`instrument_server -u ${agentUser} check`);
    claim('check as root is good at once', check.status === 0, check.output);
    const collector = await collectorInside(machine, 0);
    await useCollector(machine, collector);
    const agent = await startAsUnit(machine);
    const ticks = await ticksUntilSample(machine, collector);
    claim(`the sample of a plugin arrives within two ticks (after ${ticks.toFixed(1)})`, ticks <= 2);
    await dropPlugin(machine, 'count.sh', 'read -r _ last; echo "runs $((last + 1))"'); // stdin: what it printed last
    await eventually('two runs', async () => counts(collector).includes(2));
    await collector.stop();

    claim('dpkg -i of a newer one succeeds', (await install(machine, later)) === 0);
    claim('and ends no agent where no systemd is', agent.process.exitCode === null, agent.printed());
    await machine.run(`instrument_server -u ${agentUser} stop`);
    claim('the agent stops with status 0', (await agent.exit) === 0, agent.printed());
    const newAgent = await startAsUnit(machine);
    const again = await collectorInside(machine, collector.port);
    const reached = Math.max(...counts(collector));
    await eventually('three more runs', async () => Math.max(0, ...counts(again)) >= reached + 3);
    const both = [...runs(collector), ...runs(again)];
    const inOrder = [...new Set(both)].every((run, index) => run.startsWith(`${index + 1} `)); // a batch may come twice
    claim('no run is missing and none is counted again, over stop and upgrade', inOrder, both.join(', '));
    const hello = again.lines().find((line) => line.startsWith('hello ')) ?? '';
    claim('the new version reports', hello.includes(`${agentUser}/99.0.0 `), hello);
    await machine.run(`instrument_server -u ${agentUser} stop`);
    claim('it stops with status 0', (await newAgent.exit) === 0, newAgent.printed());
    await again.stop();

    await machine.run('rm /etc/instrumental_scripts/* /etc/instrument_server.d/*');
    const purge = await machine.attempt('dpkg --purge instrument-server');
    claim('dpkg --purge succeeds', purge.status === 0, purge.output);
    reportChanges({ say, claim }, before, await listing(machine));
  } finally {
    await machine.close();
  }
}

async function install(machine: TreeMachine, deb: string): Promise<number | null> {
  copyFileSync(deb, join(machine.root, 'run', basename(deb)));
  return (await machine.attempt(`dpkg -i /run/${basename(deb)}`)).status;
}

/** The counts that have arrived, each with its time. */
function runs(collector: CollectorInside): readonly string[] {
  return collector.lines().flatMap((line) => /^gauge web-1\.count\.runs (\d+ \d+) /.exec(line)?.[1] ?? []);
}

function counts(collector: CollectorInside): readonly number[] {
  return runs(collector).map((run) => Number.parseInt(run, 10));
}

/** All that is in the root file system: by path, its kind, mode, owner and contents. */
async function listing(machine: TreeMachine): Promise<ReadonlyMap<string, string>> {
  const printed = await machine.run(`find / -xdev -printf '%p\\t%y %m %U:%G %l\\n'
find / -xdev -type f -exec md5sum {} + | sed 's|^\\([0-9a-f]*\\)  \\(.*\\)|\\2\\t\\1|'`);
  const found = new Map<string, string>();
  for (const line of printed.split('\n')) {
    const [path = '', what = ''] = line.split('\t');
    found.set(path, `${found.get(path) ?? ''}${what} `);
  }
  return found;
}

function reportChanges(
  { say, claim }: Pick<SystemsKit, 'say' | 'claim'>,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): void {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changed = paths.filter((path) => before.get(path) !== after.get(path));
  const reasonOf = (path: string) => explained.find(([pattern]) => pattern.test(path))?.[1];
  const others = changed.filter((path) => reasonOf(path) === undefined);
  claim(
    `the purge leaves nothing, of ${paths.length} files and folders compared`,
    others.length === 0,
    others.map((path) => `${path}: ${before.get(path) ?? 'not there'} → ${after.get(path) ?? 'not there'}`).join('\n'),
  );
  for (const path of changed) if (!others.includes(path)) say(`       changed: ${path}: ${reasonOf(path)}`);
}
