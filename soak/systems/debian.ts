import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SystemsKit } from './kit.ts';
import { liveThroughUpgrade } from './lifecycle.ts';
import { changedPaths, type Listing, listing } from './listing.ts';
import { startTreeMachine, type TreeMachine } from './machine.ts';

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
    await liveThroughUpgrade(claim, machine, () => install(machine, later));

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

function reportChanges({ say, claim }: Pick<SystemsKit, 'say' | 'claim'>, before: Listing, after: Listing): void {
  const changed = changedPaths(before, after);
  const reasonOf = (path: string) => explained.find(([pattern]) => pattern.test(path))?.[1];
  const others = changed.filter((path) => reasonOf(path) === undefined);
  claim(
    `the purge leaves nothing, of ${before.size} files and folders compared`,
    others.length === 0,
    others.map((path) => `${path}: ${before.get(path) ?? 'not there'} → ${after.get(path) ?? 'not there'}`).join('\n'),
  );
  for (const path of changed) if (!others.includes(path)) say(`       changed: ${path}: ${reasonOf(path)}`);
}
