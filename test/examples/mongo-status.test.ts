import { expect, test } from 'vitest';
import { runExample } from '../helpers/example.ts';
import { fixture } from '../helpers/install-plugin.ts';

const path = `${fixture('clients')}:${process.env['PATH']}`; // Debian has no MongoDB: a make-believe mongosh runs the script on a written status

test('mongo_status.sh reports the figures of serverStatus, 64-bit ones too', async () => {
  const { status, values, badLines } = await runExample('mongo_status.sh', { path });
  expect({ status, badLines }).toEqual({ status: 0, badLines: [] });
  expect(values).toEqual({
    uptime_s: 86400,
    'connections.current': 12,
    'connections.available': 838848,
    'connections.totalCreated': 340,
    'opcounters.insert': 1000,
    'opcounters.query': 2000,
    'opcounters.update': 0,
    'opcounters.delete': 0,
    'opcounters.getmore': 30,
    'opcounters.command': 5000,
    'document.inserted': 123456789012,
    'document.returned': 4000,
    'document.updated': 900,
    'document.deleted': 7,
    'network.bytesIn': 98765432109876,
    'network.bytesOut': 123,
    'network.numRequests': 456,
    'asserts.regular': 0,
    'asserts.warning': 0,
    'asserts.msg': 0,
    'asserts.user': 42,
    'queue.readers': 2,
    'queue.writers': 0,
    'clients.readers': 3,
    'clients.writers': 1,
    'cursors.open': 5,
    'cursors.timedOut': 1,
    'memory.resident_mb': 151,
    'memory.virtual_mb': 2600,
    page_faults: 17,
    'cache.used_mb': 1.5,
    'cache.dirty_mb': 0,
    'cache.max_mb': 1024,
    is_primary: 1,
  });
});

test('mongo_status.sh reports rates from the last run on, and none after a restart of the server', async () => {
  const endedAtS = Math.floor(Date.now() / 1000) - 10;
  const run = async (uptimeS: number) => {
    const stdout = `uptime_s ${uptimeS}\nopcounters.insert 400\nopcounters.query 9999\n`;
    return (await runExample('mongo_status.sh', { path, lastRun: { endedAtS, stdout } })).values;
  };
  const values = await run(86_390);
  const elapsedAtMostS = Math.floor(Date.now() / 1000) - endedAtS;
  expect(values['opcounters.insert_per_second']).toBeLessThanOrEqual(600 / 10);
  expect(values['opcounters.insert_per_second']).toBeGreaterThanOrEqual(600 / elapsedAtMostS - 0.001);
  expect(values).not.toHaveProperty(['opcounters.query_per_second']); // it has gone back
  expect(await run(90_000)).not.toHaveProperty(['opcounters.insert_per_second']);
});

test('mongo_status.sh fails with the error of mongosh when the server is down', async () => {
  const env = { MONGO_PORT: '1', MONGO_USER: 'monitor', MONGO_PASSWORD: 'p@ss/word' };
  expect(await runExample('mongo_status.sh', { path, env })).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'MongoDB gives no status: MongoNetworkError: connect ECONNREFUSED 127.0.0.1:1\n',
  });
});
