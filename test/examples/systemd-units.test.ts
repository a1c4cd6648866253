import { expect, test } from 'vitest';
import { runExample } from '../helpers/example.ts';
import { fixture } from '../helpers/install-plugin.ts';

const path = `${fixture('clients')}:${process.env['PATH']}`; // a make-believe systemctl: tests run where there is no systemd

test('systemd_units.sh counts units by state and says of those that are watched whether they are up', async () => {
  const env = {
    SYSTEMD_UNITS:
      'nginx php8.2-fpm ssh.socket getty@tty1 backup no-such-unit plymouth-start.service systemd-fsck@dev-vda\\x2d1',
  };
  const { status, values, badLines } = await runExample('systemd_units.sh', { path, env });
  expect({ status, badLines }).toEqual({ status: 0, badLines: [] });
  expect(values).toEqual({
    'units.total': 11, // one of twelve is only mentioned by others
    'units.active': 7,
    'units.inactive': 1,
    'units.failed': 1,
    'units.activating': 1,
    'units.deactivating': 0,
    'units.reloading': 1,
    'services.running': 2,
    'services.failed': 1,
    'up.nginx': 0,
    'up.php8_2-fpm': 1,
    'up.ssh_socket': 1,
    'up.getty_tty1': 1,
    'up.backup': 0,
    'up.no-such-unit': 0,
    'up.plymouth-start_service': 0,
    'up.systemd-fsck_dev-vda_x2d1': 1,
  });
});

test('systemd_units.sh fails with one line where systemd does not run', async () => {
  expect(await runExample('systemd_units.sh', { path, env: { NO_SYSTEMD: '1' } })).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/^systemd lists no units: System has not been booted with systemd [^\n]*\n$/),
  });
});
