import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HostFiles } from '../../src/io/disk/host-files.ts';
import { systemEdges } from '../../src/io/edges.ts';
import { ok } from '../../src/model/result.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { removeInUse } from '../helpers/remove-in-use.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome, type TestDaemon, testDaemon } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

const databaseOf = (home: Home) => join(home.state, 'instrument_server.db');
const foundBy = ({ events }: TestDaemon) => events.of('store.found');

/** A host that was started again: all as it is, but for the id of its start. */
function otherBoot(): HostFiles {
  const { hostFiles } = systemEdges();
  const read = (name: string) => (name === 'sys/kernel/random/boot_id' ? ok('another-boot\n') : hostFiles.read(name));
  return { ...hostFiles, read };
}

describe('at each start one event says what was found', () => {
  test('at the first one, that no agent has worked there before', () => {
    const daemon = testDaemon(makeHome());
    expect(foundBy(daemon)).toEqual([
      {
        event: 'store.found',
        formerLife: 'first',
        database: 'new',
        lastCommitAtS: null,
        waiting: [],
        outputs: 0,
        survivors: 0,
        explanation: 'no agent has worked with this state directory before',
      },
    ]);
  });

  test('after an orderly stop, what waits for each sink and from when to when, and the outputs that are kept', async () => {
    const home = makeHome();
    writePlugin(home.scripts, 'dated', '#!/bin/sh\necho "a 1 1700000000"\necho "b 2 1700000100"\n');
    const collector = await fakeCollector();
    collector.setMode({ refuse: true });
    const address = { host: '127.0.0.1', port: collector.port, tls: false };
    const key = { key: 'KEY', origin: 'the flag -k' };
    const change = {
      collector: {
        apiKey: key,
        address,
        tlsCa: null,
        tlsVerify: true,
        counters: 'gauge' as const,
        notices: false,
        proxy: null,
      },
    };
    const first = testDaemon(home, change);
    await first.tickAndFinish('dated');
    await first.stop();
    const next = testDaemon(home, change);
    const [found] = foundBy(next);
    expect(found).toMatchObject({
      formerLife: 'stopped',
      database: 'as-left',
      waiting: [{ sink: 'instrumental', samples: 2, oldestAtS: 1_700_000_000, newestAtS: 1_700_000_100 }],
      outputs: 1,
      survivors: 0,
    });
    expect(found?.explanation).toMatch(
      /^the former agent stopped in order; 2 samples wait for instrumental, from 2023-11-1\d \S+ to 2023-11-1\d \S+; 1 last output of plugins is kept$/,
    );
    const { event: _, ...asStatus } = found ?? { event: null };
    expect(next.status().foundAtStart).toEqual(asStatus);
    await collector.close();
  });

  test('with a run of the former agent that is still running', async () => {
    const home = makeHome();
    const hold = holdFifo();
    writePlugin(home.scripts, 'held', `#!/bin/sh\nread go < '${hold.path}'\n`);
    const first = testDaemon(home);
    first.tick();
    await first.events.next('run.started');
    while (first.status().plugins[0]?.currentRun?.pid === null) await moment();
    void first.stop();
    await first.stop(); // waits for nothing
    const [found] = foundBy(testDaemon(home));
    expect(found).toMatchObject({ formerLife: 'stopped', survivors: 1 });
    expect(found?.explanation).toContain('1 run of the former agent is running');
  });

  test('after a start of the host without an orderly end, by the id that the system has for its start', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'two-gauges');
    const first = testDaemon(home);
    await first.tickAndFinish('two-gauges');
    const asOnDisk = join(tempDir(), 'state'); // what a disk holds when the power goes
    execFileSync('cp', ['-a', home.state, asOnDisk]); // by another process: to close a file drops its locks
    await first.stop();
    removeInUse(home.state);
    execFileSync('cp', ['-a', asOnDisk, home.state]);
    const [found] = foundBy(testDaemon(home, {}, {}, { hostFiles: otherBoot() }));
    expect(found?.explanation).toContain('the host was started again since the former agent worked');
  });

  test('with a database that was swapped with an older copy of itself, or removed, and what that means', async () => {
    const home = makeHome();
    await testDaemon(home).stop();
    const copy = join(tempDir(), 'copy');
    copyFileSync(databaseOf(home), copy);
    installPlugin(home.scripts, 'two-gauges');
    const later = testDaemon(home);
    await later.tickAndFinish('two-gauges');
    await later.stop();
    copyFileSync(copy, databaseOf(home));
    const older = testDaemon(home);
    expect(foundBy(older)[0]?.explanation).toMatch(
      /; the database is older than the former agent left it \(last written .+\)/,
    );
    await older.stop();
    rmSync(databaseOf(home));
    const [found] = foundBy(testDaemon(home));
    expect(found?.explanation).toContain('the database is new: what the former agent had in its own is not in it');
  });

  test('with an empty database beside kept outputs and no record, without the claim that it is the first start', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'two-gauges');
    const first = testDaemon(home);
    await first.tickAndFinish('two-gauges');
    await first.stop();
    for (const path of [databaseOf(home), join(home.state, 'life')]) rmSync(path);
    expect(foundBy(testDaemon(home))).toMatchObject([{ formerLife: 'unknown', database: 'new' }]);
  });
});
