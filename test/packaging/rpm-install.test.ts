import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { thisArchitecture } from '../../packaging/contents.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { findProgram } from '../integration/servers/server.ts';
import { buildPackages, packageFolder } from './build.ts';
import { machineTrouble, startMachine } from './machine.ts';

const hasRpm = ['rpm', 'rpmbuild'].every((name) => findProgram(name) !== null);
const trouble = hasRpm ? await machineTrouble('systemd') : 'no rpmbuild here';
const architecture = thisArchitecture();
const user = 'instrument_server';

describe.skipIf(trouble !== null)(`the package for RPM${trouble === null ? '' : ` (skipped: ${trouble})`}`, () => {
  const rpms = { now: '', later: '' };
  beforeAll(() => {
    const { out, remove } = packageFolder();
    rpms.now = buildPackages(out, ['rpm', architecture])[0] ?? '';
    rpms.later = buildPackages(out, ['--version', '99.0.0', 'rpm', architecture])[0] ?? '';
    return remove;
  });

  test('makes its user and starts its service, keeps what was changed over an upgrade, and the state over an uninstall', async () => {
    const machine = await startMachine('systemd');
    const collector = await fakeCollector();
    onTestFinished(collector.close);
    copyFileSync(rpms.now, join(machine.root, 'tmp/now.rpm'));
    copyFileSync(rpms.later, join(machine.root, 'tmp/later.rpm'));
    const shows = async (words: string) => (await machine.attempt(`systemctl ${words} ${user}`)).output;

    await machine.run('rm -rf "$(rpm --eval %_dbpath)"'); // the records of the host's RPM
    await machine.run('rpm --install --nodeps /tmp/now.rpm'); // this is no machine whose packages are RPM's
    expect(await shows('is-enabled')).toBe('enabled');
    expect(await shows('is-active')).toBe('active');
    expect(await machine.run(`ps -o user:20= -p "$(systemctl show -P MainPID ${user})"`)).toBe(user);
    expect(await machine.run('rpm --verify --nodeps instrument-server')).toBe('');

    await machine.run(
      `printf '\\n[agent]\\nhostname = web-1\\nreport_interval = 1s\\n[collector]\\napi_key = abc\\naddress = tcp://127.0.0.1:${collector.port}\\n' >> /etc/instrument_server.ini`,
    );
    await machine.run('rpm --upgrade --nodeps /tmp/later.rpm');
    await collector.until(({ connections }) => connections.some(({ hello }) => hello?.includes(`${user}/99.0.0 `)));
    expect(
      await machine.run('tail -n 2 /etc/instrument_server.ini | head -n 1; stat -c "%a %G" /etc/instrument_server.ini'),
    ).toBe(`api_key = abc\n640 ${user}`);

    await machine.run('rpm --erase instrument-server');
    expect(await shows('is-active')).toBe('inactive');
    expect(
      await machine.run(`stat -c '%a %U' /etc/instrument_server.ini.rpmsave /var/lib/${user}/instrument_server.db`),
    ).toBe(`640 root\n600 ${user}`);
    expect(
      await machine.run(`ls -d /usr/bin/${user} /usr/lib/${user} /usr/share/doc/instrument-server 2>/dev/null || true`),
    ).toBe('');
  });
});
