import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { thisArchitecture } from '../../packaging/contents.ts';
import { type FakeCollector, fakeCollector } from '../helpers/fake-collector.ts';
import { findProgram, until } from '../integration/servers/server.ts';
import { buildPackages, packageFolder } from './build.ts';
import { machineTrouble, startMachine, type ThrowawayMachine } from './machine.ts';

const trouble = {
  systemd: findProgram('dpkg') === null ? 'no dpkg here' : await machineTrouble('systemd'),
  none: findProgram('dpkg') === null ? 'no dpkg here' : await machineTrouble('none'),
};
const architecture = thisArchitecture();
const user = 'instrument_server';
const debs = { now: '', later: '', nodeless: '' };
beforeAll(() => {
  if (trouble.none !== null) return;
  const { out, remove } = packageFolder();
  [debs.now = '', debs.nodeless = ''] = buildPackages(out, ['deb', 'nodeless', architecture]);
  debs.later = buildPackages(out, ['--version', '99.0.0', 'deb', architecture])[0] ?? '';
  return remove;
});

describe.skipIf(trouble.systemd !== null)(titled('on a machine with systemd, the package', trouble.systemd), () => {
  test('makes its user, its folders and its service, and closes them to others', async () => {
    const { machine } = await installed();
    expect(await machine.run(`systemctl is-enabled ${user}; systemctl is-active ${user}`)).toBe('enabled\nactive');
    expect(await machine.run(`ps -o user:20= -p "$(systemctl show -P MainPID ${user})"`)).toBe(user);
    expect(await machine.run(`getent passwd ${user} | cut -d: -f6,7`)).toBe(`/var/lib/${user}:/usr/sbin/nologin`);
    const places = `/var/lib/${user} /var/log/${user} /etc/instrumental_scripts /etc/instrument_server.ini /etc/instrument_server.d`;
    expect((await machine.run(`stat -c '%a %U:%G %n' ${places}`)).split('\n')).toEqual([
      `700 ${user}:${user} /var/lib/${user}`,
      `750 ${user}:${user} /var/log/${user}`,
      `700 ${user}:${user} /etc/instrumental_scripts`,
      `640 root:${user} /etc/instrument_server.ini`,
      `2750 root:${user} /etc/instrument_server.d`,
    ]);
    expect(await machine.run('dpkg --verify instrument-server')).toBe('');
  });

  test('runs what is dropped into its folder, as its user, which sudo would still serve', async () => {
    const { machine, collector } = await installed();
    await drop(
      machine,
      'looks.sh',
      `echo "uid $(id -u)"; awk '/^NoNewPrivs/ { print "no_new_privileges", $2 }' /proc/self/status`,
    );
    await arrives(collector, `looks.uid ${await machine.run(`id -u ${user}`)}`);
    await arrives(collector, 'looks.no_new_privileges 0');
    await collector.until(({ lines }) => lines.some((line) => line.startsWith('gauge web-1.disk.root.total_mb ')));
  });

  test('does its work with hardening.conf too', async () => {
    const { machine, collector } = await installed();
    const folder = `/etc/systemd/system/${user}.service.d`;
    await machine.run(
      `mkdir -p ${folder}; cp /usr/share/doc/instrument-server/config/hardening.conf ${folder}/; systemctl daemon-reload; systemctl restart ${user}`,
    );
    await drop(
      machine,
      'looks.sh',
      `awk '/^NoNewPrivs/ { print "no_new_privileges", $2 }' /proc/self/status; echo 1 > kept && echo "kept $(cat kept)"`,
    );
    await arrives(collector, 'looks.no_new_privileges 1');
    await arrives(collector, 'looks.kept 1');
    await collector.until(({ lines }) => lines.some((line) => line.startsWith('gauge web-1.disk.root.total_mb ')));
    expect(await machine.run(`journalctl -b -u ${user} -o cat | grep -c 'Unknown key\\|Failed to parse' || true`)).toBe(
      '0',
    );
  });

  test('is told by the agent how many plugins report, and starts an agent whose loop hangs again: its plugin stays', async () => {
    const { machine, collector } = await installed();
    const folder = `/etc/systemd/system/${user}.service.d`;
    await machine.run(
      `mkdir -p ${folder}; printf '[Service]\\nWatchdogSec=4s\\nRestartSec=1s\\n' > ${folder}/quick.conf; systemctl daemon-reload; systemctl restart ${user}`,
    );
    await drop(machine, 'count.sh', 'read -r _ last; echo "runs $((last + 1))"');
    await drop(machine, 'hangs.sh', 'echo $$ >> ~/pids; exec sleep infinity');
    await arrives(collector, 'count.runs 2');
    const shows = (property: string) => machine.run(`systemctl show -P ${property} ${user}`);
    await until(
      () => shows('StatusText'),
      (text) => text === '1 of 2 report',
    );
    expect(await machine.run(`systemctl reload ${user}; systemctl is-active ${user}`)).toMatch(/^(active|reloading)$/);
    const pid = await machine.run(`cat ~${user}/pids`);
    const agent = await shows('MainPID');
    await machine.run(`kill -STOP ${agent}`);
    await until(
      () => shows('NRestarts'),
      (text) => text !== '0',
    );
    await until(
      () => shows('ActiveState'),
      (text) => text === 'active',
    );
    expect(await shows('MainPID')).not.toBe(agent);
    const before = collector.lines.length;
    await collector.until(({ lines }) => lines.slice(before).some((line) => line.includes('count.runs')));
    expect(await machine.run(`cat ~${user}/pids; cat /proc/${pid}/comm`)).toBe(`${pid}\nsleep`);
    expect(await machine.run(`journalctl -b -u ${user} -o cat | grep -c 'Watchdog timeout'`)).toBe('1');
  });

  test('keeps configuration and state over an upgrade, and neither ends nor doubles a script that hangs', async () => {
    const { machine, collector } = await installed();
    await machine.run('echo "; mine" >> /etc/instrument_server.ini');
    await drop(machine, 'count.sh', 'read -r _ last; echo "runs $((last + 1))"'); // stdin: what the last run printed
    await drop(machine, 'hangs.sh', 'echo $$ >> ~/pids; exec sleep infinity');
    await arrives(collector, 'count.runs 2');
    const pid = await machine.run(`cat ~${user}/pids`);
    const before = collector.lines.length;
    await installDeb(machine, debs.later);
    await collector.until(({ connections }) => connections.some(({ hello }) => hello?.includes(`${user}/99.0.0 `)));
    const counts = () =>
      collector.lines.flatMap((line) => / web-1\.count\.runs (\d+) /.exec(line)?.[1] ?? []).map(Number);
    const reached = counts().length;
    await collector.until(() => counts().length > reached + 1);
    expect(new Set(counts()).size).toBe(Math.max(...counts())); // it never began again
    expect(collector.lines.length).toBeGreaterThan(before);
    expect(await machine.run(`cat ~${user}/pids; cat /proc/${pid}/comm`)).toBe(`${pid}\nsleep`);
    expect(await machine.run('tail -n 1 /etc/instrument_server.ini; stat -c "%a %G" /etc/instrument_server.ini')).toBe(
      `; mine\n640 ${user}`,
    );
  });

  test('keeps configuration and state over an uninstall, and leaves nothing behind after a purge', async () => {
    const machine = await startMachine('systemd');
    const listing = `find /etc /usr /var /opt -xdev \\( -path /var/lib/dpkg -o -path /var/log -o -path '/etc/*-' \\) -prune -o -print | LC_ALL=C sort`;
    await machine.run(`${listing} > /tmp/before`);
    const { collector } = await installed(machine);
    await arrives(collector, 'memory.free_mb');
    await machine.run('dpkg --remove instrument-server');
    expect((await machine.attempt(`systemctl is-active ${user}`)).output).toBe('inactive');
    expect(await machine.run(`stat -c %U /etc/instrument_server.ini /var/lib/${user}/instrument_server.db`)).toBe(
      `root\n${user}`,
    );
    await machine.run('rm /etc/instrument_server.d/test.ini');
    await machine.run('dpkg --purge instrument-server');
    expect((await machine.attempt(`getent passwd ${user}; getent group ${user}`)).output).toBe('');
    expect(await machine.run(`${listing} | LC_ALL=C comm -3 /tmp/before -`)).toBe('');
    expect(
      (await machine.attempt(`systemctl list-unit-files --no-legend '${user}*' || systemctl is-failed ${user}`)).output,
    ).toBe('inactive');
  });

  test("keeps somebody's scripts over a purge, as root's, and the user as long as one of them runs", async () => {
    const { machine } = await installed();
    await drop(machine, 'hangs.sh', 'echo $$ > /etc/instrumental_scripts/pid; exec sleep infinity');
    const pid = await until(
      async () => (await machine.attempt('cat /etc/instrumental_scripts/pid')).output,
      (text) => /^\d+$/.test(text),
    );
    const said = await machine.run('dpkg --purge instrument-server');
    expect(said).toContain('/etc/instrumental_scripts is not empty, so it is kept');
    expect(said).toContain(`the user ${user} is kept; once none of its processes runs, type: userdel ${user}`);
    expect(await machine.run(`cat /proc/${pid}/comm; stat -c %U /etc/instrumental_scripts/hangs.sh`)).toBe(
      'sleep\nroot',
    );
    await machine.run(`kill ${pid}`);
    await until(
      () => machine.attempt(`userdel ${user}`),
      ({ status }) => status === 0,
    );
  });
});

describe.skipIf(trouble.none !== null)(titled('on a machine without systemd, the package', trouble.none), () => {
  test('starts nothing, and runs when it is started by hand', async () => {
    const machine = await startMachine('none');
    await installDeb(machine, debs.now);
    expect(await machine.run(`pgrep -u ${user} || true`)).toBe('');
    const collector = await collectorFor(machine);
    const stopped = machine.attempt(`timeout 60 runuser -u ${user} -- instrument_server foreground`);
    await drop(machine, 'dropped.sh', 'echo "answer 42"');
    await arrives(collector, 'dropped.answer 42');
    await machine.run(`pkill -TERM -u ${user} -f '^instrument_server$'`);
    expect((await stopped).status).toBe(0);
    await machine.run(
      'rm -r /etc/instrument_server.d/*; rm /etc/instrumental_scripts/*; dpkg --purge instrument-server',
    );
    expect((await machine.attempt(`getent passwd ${user}`)).output).toBe('');
  });
});

describe.skipIf(trouble.none !== null)(titled('the package without Node', trouble.none), () => {
  test('takes over what the other one has, which stays when that is purged', async () => {
    const machine = await startMachine('none');
    await installDeb(machine, debs.now);
    await machine.run(`echo "; mine" >> /etc/instrument_server.ini; touch /var/lib/${user}/kept`);
    await machine.run('dpkg --remove instrument-server');
    copyFileSync(debs.nodeless, join(machine.root, 'tmp/nodeless.deb'));
    await machine.run('dpkg --force-depends --force-confold -i /tmp/nodeless.deb');
    await machine.run('dpkg --purge instrument-server');
    expect(await machine.run('tail -n 1 /etc/instrument_server.ini; stat -c "%a %G" /etc/instrument_server.ini')).toBe(
      `; mine\n640 ${user}`,
    );
    expect(await machine.run(`ls -d /var/lib/${user}/kept; getent passwd ${user} | cut -d: -f1`)).toBe(
      `/var/lib/${user}/kept\n${user}`,
    );
    expect(await machine.run('head -n 1 /usr/bin/instrument_server')).toBe('#!/usr/bin/node');
  });
});

/**
 * A machine on which the package was installed and reports to a collector, each second, as
 * `web-1`.
 */
async function installed(
  given?: ThrowawayMachine,
): Promise<{ readonly machine: ThrowawayMachine; readonly collector: FakeCollector }> {
  const machine = given ?? (await startMachine('systemd'));
  await installDeb(machine, debs.now);
  const collector = await collectorFor(machine);
  await machine.run(`systemctl restart ${user}`);
  return { machine, collector };
}

async function collectorFor(machine: ThrowawayMachine): Promise<FakeCollector> {
  const collector = await fakeCollector();
  onTestFinished(collector.close);
  await machine.run(`umask 027; cat > /etc/instrument_server.d/test.ini <<'END'
[agent]
hostname = web-1
report_interval = 1s
stop_grace = 1s
[collector]
api_key = abc
address = tcp://127.0.0.1:${collector.port}
END`);
  return collector;
}

async function installDeb(machine: ThrowawayMachine, deb: string): Promise<void> {
  copyFileSync(deb, join(machine.root, 'tmp/package.deb'));
  await machine.run('dpkg -i /tmp/package.deb');
}

async function drop(machine: ThrowawayMachine, name: string, body: string): Promise<void> {
  writeFileSync(join(machine.root, 'tmp', name), `#!/bin/sh\n${body}\n`);
  await machine.run(`install -m 0700 -o ${user} -g ${user} /tmp/${name} /etc/instrumental_scripts/`);
}

async function arrives(collector: FakeCollector, what: string): Promise<void> {
  await collector.until(({ lines }) => lines.some((line) => line.startsWith(`gauge web-1.${what} `)));
}

function titled(title: string, reason: string | null): string {
  return reason === null ? title : `${title} (skipped: ${reason})`;
}
