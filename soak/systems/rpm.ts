import { execFileSync, spawnSync } from 'node:child_process';
import { agentUser } from './installed-agent.ts';
import type { SystemsKit } from './kit.ts';
import { liveThroughUpgrade } from './lifecycle.ts';
import { changedPaths, listing } from './listing.ts';
import { startTreeMachine } from './machine.ts';

/** What stays after a removal, and why. */
const kept: readonly (readonly [path: RegExp, why: string])[] = [
  [/^\/var\/lib\/instrument_server(\/|$)/, 'the state'],
  [/^\/var\/log\/instrument_server$/, 'the folder of logs'],
  [/^\/etc\/instrument_server\.ini\.rpmsave$/, 'the configuration that was changed'],
  [/^\/etc\/(passwd|group|shadow|gshadow)-?$/, 'the user'],
  [/^\/(var|usr)\/lib\/(sysimage\/)?rpm(\/|$)|^\/root\/\.rpmdb(\/|$)|^\/usr\/lib\/sysimage$/, "RPM's own records"],
];

/**
 * The package for RPM, put by `rpm --root` into a tree that has a shell and useradd but is not a
 * system of RPM: its scriptlets run, as far as they need no systemd. No SELinux, no dnf.
 */
export async function rpmPackage({ say, claim, packageOf, tree }: SystemsKit): Promise<void> {
  const [former, later] = [packageOf('amd64', 'rpm'), packageOf('--version', '99.0.0', 'amd64', 'rpm')];
  const machine = await startTreeMachine(tree('bookworm'));
  const rpm = (...words: readonly string[]) =>
    spawnSync('rpm', ['--root', machine.root, ...words], { encoding: 'utf8' });
  const printedBy = (ran: ReturnType<typeof rpm>) => `${ran.stdout}${ran.stderr}`.replace(/^rpm: .*\n|^\n/gm, ''); // without the warning that Debian's rpm prints first
  try {
    say(`  ${execFileSync('rpm', ['--version'], { encoding: 'utf8' }).trim()}`);
    const before = await listing(machine);
    const install = rpm('--install', '--nodeps', former);
    claim(
      'rpm --install succeeds, and its scriptlets say nothing',
      install.status === 0 && printedBy(install) === '',
      printedBy(install),
    );
    const entry = await machine.attempt(`getent passwd ${agentUser}`);
    claim(
      '%pre has made the user, without login',
      entry.output.endsWith('/var/lib/instrument_server:/sbin/nologin'),
      entry.output,
    );
    const verify = rpm('--verify', '--nodeps', 'instrument-server');
    claim('rpm --verify finds every file, mode and owner as packed', verify.status === 0, printedBy(verify));
    await machine.run('echo "; mine" >> /etc/instrument_server.ini');
    await liveThroughUpgrade(claim, machine, async () => rpm('--upgrade', '--nodeps', later).status);
    const line = await machine.attempt('tail -n 1 /etc/instrument_server.ini');
    claim('the changed configuration is kept', line.output === '; mine', line.output);

    await machine.run('rm /etc/instrumental_scripts/* /etc/instrument_server.d/*');
    const erase = rpm('--erase', 'instrument-server');
    claim('rpm --erase succeeds', erase.status === 0, printedBy(erase));
    const changed = changedPaths(before, await listing(machine));
    const others = changed.filter((path) => !kept.some(([pattern]) => pattern.test(path)));
    claim('it leaves what the documentation says, and nothing else', others.length === 0, others.join('\n'));
    for (const [pattern, why] of kept)
      say(
        `       left: ${why}: ${changed
          .filter((path) => pattern.test(path))
          .slice(0, 4)
          .join(', ')}`,
      );
  } finally {
    await machine.close();
  }
}
