import { expect, test } from 'vitest';
import { runExample } from '../helpers/example.ts';
import { fixture } from '../helpers/install-plugin.ts';

const path = `${fixture('clients')}:${process.env['PATH']}`; // a make-believe docker, with what the real one printed

test('docker_stats.sh reports each container in numbers without units, whatever unit docker chose', async () => {
  const { status, values, badLines } = await runExample('docker_stats.sh', { path });
  expect({ status, badLines }).toEqual({ status: 0, badLines: [] });
  expect(values).toMatchObject({
    running: 3, // not the one that went away
    'web_1.cpu_percent': 2.5,
    'web_1.memory_mb': 12.89, // 12.89MiB
    'web_1.memory_limit_mb': 2048, // 2GiB
    'web_1.memory_percent': 0.63,
    'web_1.net.received_mb': 0.001, // 648B
    'web_1.net.sent_mb': 0,
    'web_1.block.read_mb': 1144.409, // 1.2GB
    'web_1.block.written_mb': 0.008, // 8.19kB
    'web_1.processes': 3,
    'db-main.cpu_percent': 153.7,
    'db-main.memory_mb': 1638.4, // 1.6GiB
    'db-main.net.received_mb': 0.954, // 1e+03kB
    'db-main.net.sent_mb': 3.061, // 3.21MB
    'tiny.memory_mb': 0, // 512B
    'tiny.net.received_mb': 1430511.475, // 1.5TB
  });
  expect(Object.keys(values)).toHaveLength(3 * 9 + 1);
});

test('docker_stats.sh reports that nothing runs', async () => {
  expect(await runExample('docker_stats.sh', { path, env: { DOCKER_HOST: 'empty' } })).toMatchObject({
    status: 0,
    stdout: 'running 0\n',
  });
});

test('docker_stats.sh fails with docker’s own words when its daemon is down', async () => {
  expect(await runExample('docker_stats.sh', { path, env: { DOCKER_HOST: 'down' } })).toMatchObject({
    status: 1,
    stdout: '',
    stderr:
      'Docker gives no stats: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
  });
});
