import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type FakeCollector, fakeCollector } from '../helpers/fake-collector.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { canMount, smallDisk } from '../helpers/small-disk.ts';
import { type Home, makeHome, type TestDaemon, testDaemon } from '../helpers/test-daemon.ts';
import { moment, turn } from '../helpers/turns.ts';
import { limitLargestFile } from '../store/largest-file.ts';

/**
 * Prints `n 1`, `n 2`, … however its last output fares: it counts in a file of its own, which is
 * on another disk.
 */
const counter = `#!/bin/sh
ulimit -S -f unlimited # where the agent may write nothing, a plugin may not either
n=$(cat .count 2>/dev/null || echo 0)
n=$((n + 1))
echo "$n" > .count
echo "n $n"
`;

async function collectorFor(home: Home): Promise<{ collector: FakeCollector; daemon: TestDaemon }> {
  const collector = await fakeCollector();
  onTestFinished(collector.close);
  const address = { host: '127.0.0.1', port: collector.port, tls: false };
  const daemon = testDaemon(home, {
    collector: {
      apiKey: { key: 'KEY', origin: 'the flag -k' },
      address,
      tlsCa: null,
      tlsVerify: true,
      counters: 'gauge',
      notices: false,
      proxy: null,
    },
  });
  return { collector, daemon };
}

/** Ticks `times` times. The plugins have run; what they printed was stored or is held. */
async function tick(daemon: TestDaemon, times: number, ...plugins: readonly string[]): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await daemon.tickAndFinish(...plugins);
    daemon.clock.advance(1000); // a commit, or its next attempt
  }
}

/** Moves time on, a little at each turn, until it holds. */
async function until(daemon: TestDaemon, holds: () => boolean): Promise<void> {
  while (!holds()) {
    daemon.clock.advance(10); // not so fast that the collector seems silent
    await turn();
  }
}

const numbers = (lines: readonly string[]) =>
  lines.map((line) => Number(/^gauge testhost\.count\.n (\d+) /.exec(line)?.[1]));
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);
const told = ({ events }: TestDaemon, name: string) => events.all.filter(({ event }) => event === name);

/** On a disk that takes nothing for a while: what is reported and what arrives. */
async function survives(home: Home, take: () => void, give: () => void): Promise<void> {
  writePlugin(home.scripts, 'count', counter);
  const { collector, daemon } = await collectorFor(home);
  collector.setMode({ refuse: true });
  await tick(daemon, 3, 'count');
  take();
  await tick(daemon, 6, 'count');
  expect(told(daemon, 'store.failed')).toHaveLength(1);
  expect(told(daemon, 'run.output-lost').length).toBeGreaterThan(0);
  give();
  await until(daemon, () => told(daemon, 'store.recovered').length === 1);
  await tick(daemon, 1, 'count');
  collector.setMode({ refuse: false });
  await until(daemon, () => collector.lines.length >= 10);
  await daemon.stop();
  expect(numbers(collector.lines)).toEqual(upTo(10));
  expect([told(daemon, 'store.failed').length, told(daemon, 'store.lost'), told(daemon, 'spool.overflowed')]).toEqual([
    1,
    [],
    [],
  ]);
}

describe.runIf(canMount)('on a full disk (skipped where no small file system can be mounted)', () => {
  test('the agent runs on, says it once, and after space comes back delivers all it still held', async () => {
    const home = makeHome();
    const disk = smallDisk(home.state);
    await survives(home, disk.fill, disk.empty);
  });

  test('a healthy collector gets everything while the disk stays full', async () => {
    const home = makeHome();
    const disk = smallDisk(home.state);
    writePlugin(home.scripts, 'count', counter);
    const { collector, daemon } = await collectorFor(home);
    for (let time = 1; time <= 6; time += 1) {
      if (time === 2) disk.fill();
      await tick(daemon, 1, 'count');
      await until(
        daemon,
        () => collector.batches.length >= time && collector.connections.every(({ isClosed }) => isClosed),
      );
    }
    expect(numbers(collector.lines)).toEqual(upTo(6));
    expect(told(daemon, 'store.failed')).toHaveLength(1);
  });

  test('an output in whose middle the disk fills arrives whole at a healthy collector, while the disk stays full', async () => {
    const home = makeHome();
    const disk = smallDisk(home.state);
    const hold = holdFifo();
    const half = (from: number) => `seq -f 'n %.0f' ${from} ${from + 29_999}`; // over 128 KiB
    writePlugin(home.scripts, 'count', `#!/bin/sh\n${half(1)}\nread go < '${hold.path}'\n${half(30_001)}\n`);
    const { collector, daemon } = await collectorFor(home);
    daemon.tick();
    const outputs = join(home.state, 'outputs');
    const spilled = () => readdirSync(outputs).some((name) => statSync(join(outputs, name)).size > 200_000);
    while (!spilled()) {
      daemon.clock.advance(10); // a run that is this young is not listened to
      await moment();
    }
    disk.fill();
    hold.release();
    await daemon.events.next('run.finished');
    disk.fill(); // what was in the file is in memory now, and has left room
    await until(daemon, () => collector.lines.length >= 60_000);
    expect(numbers(collector.lines)).toEqual(upTo(60_000));
    expect(told(daemon, 'run.output-lost')).toMatchObject([
      { plugin: 'count', detail: expect.stringContaining('ENOSPC') },
    ]);
    for (const loss of ['run.overflowed', 'spool.overflowed', 'store.lost']) expect(told(daemon, loss)).toEqual([]);
  });

  test('what memory can not hold either is counted to the sample, and the rest arrives', async () => {
    const home = makeHome();
    const disk = smallDisk(home.state);
    const name = 'x'.repeat(170);
    writePlugin(
      home.scripts,
      'many',
      `#!/bin/sh\nawk 'BEGIN { for (i = 0; i < 5000; i++) print "${name} " i " 1700000000" }'\n`,
    );
    const { collector, daemon } = await collectorFor(home);
    collector.setMode({ refuse: true });
    await tick(daemon, 1, 'many'); // may fill the disk by itself
    disk.fill();
    await tick(daemon, 24, 'many');
    disk.empty();
    const overflows = told(daemon, 'spool.overflowed');
    const last = overflows.at(-1);
    const lost = last?.event === 'spool.overflowed' && last.bound === 'memory' ? last.samples : 0;
    expect(lost).toBeGreaterThan(0);
    collector.setMode({ refuse: false });
    await until(daemon, () => collector.lines.length + lost >= 25 * 5000);
    await daemon.stop();
    expect(collector.lines.length + lost).toBe(25 * 5000);
    expect(told(daemon, 'store.lost')).toEqual([]);
  });
});

test('where no file can grow, the agent runs on, says it once, and then delivers all it still held', async () => {
  const home = makeHome();
  let lift = () => {};
  onTestFinished(() => lift());
  await survives(
    home,
    () => {
      lift = limitLargestFile(1);
    },
    () => lift(),
  );
});
