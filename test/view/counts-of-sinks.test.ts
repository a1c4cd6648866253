import { expect, onTestFinished, test } from 'vitest';
import type { StandInMode } from '../../src/collector/stand-in-collector.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { makeHome, type TestDaemon, testDaemon } from '../helpers/test-daemon.ts';
import { advanceUntil, type Figures, figuresAt, sendingTo, tickAndRead } from './figures.ts';

async function collectorIn(mode: Partial<StandInMode>) {
  const collector = await fakeCollector(mode);
  onTestFinished(collector.close);
  return collector;
}

/** What is known of one sink: the figures with its name. */
function ofSink(figures: Figures, sink: string): Figures {
  const parts = Object.entries(figures).flatMap(([name, value]) => {
    const [, kind, figure] = new RegExp(`^(spool|sink)\\.${sink}\\.(.*)$`).exec(name) ?? [];
    return kind === undefined ? [] : [[`${kind}.${figure}`, value]];
  });
  return Object.fromEntries(parts);
}

const count = ({ events }: TestDaemon, name: 'batch.sent' | 'batch.returned') => events.of(name).length;

const nothingYet = {
  'spool.samples': 0,
  'spool.age_s': 0,
  'spool.lost': 0,
  'sink.connected': 0,
  'sink.reconnects': 0,
  'sink.refusals': 0,
  'sink.batches_sent': 0,
  'sink.batches_returned': 0,
  'sink.samples_sent': 0,
  'sink.samples_maybe_twice': 0,
  'sink.samples_dropped': 0,
};

test('a sink that takes what it gets is connected; its batches and samples are counted', async () => {
  const agent = testDaemon(makeHome(), { selfMetrics: true });
  const first = await tickAndRead(agent);
  expect(ofSink(first, 'console')).toEqual(nothingYet);
  const size = agent.samples.length;
  const second = ofSink(await tickAndRead(agent), 'console');
  expect(second).toEqual({ ...nothingYet, 'sink.connected': 1, 'sink.batches_sent': 1, 'sink.samples_sent': size });
});

test('a collector that refuses the key: each refusal counts, and what waits has a size and an age until it has gone', async () => {
  const collector = await collectorIn({ refuse: true });
  const agent = testDaemon(makeHome(), sendingTo(collector));
  agent.tick();
  const firstS = agent.clock.nowMs() / 1000;
  await advanceUntil(agent, () => count(agent, 'batch.returned') === 2);
  agent.tick();
  await advanceUntil(agent, () => count(agent, 'batch.returned') === 3);
  collector.setMode({ refuse: false });
  await advanceUntil(agent, () => count(agent, 'batch.sent') === 2);
  agent.tick();
  await advanceUntil(agent, () => count(agent, 'batch.sent') === 3);
  const size = Object.keys(figuresAt(collector.lines, firstS)).length;
  const refused = { 'sink.refusals': 2, 'sink.batches_returned': 2 };
  expect(ofSink(figuresAt(collector.lines, firstS), 'instrumental')).toEqual(nothingYet);
  const second = figuresAt(collector.lines, firstS + 60);
  expect(ofSink(second, 'instrumental')).toEqual({
    ...nothingYet,
    ...refused,
    'spool.samples': size,
    'spool.age_s': 60,
  });
  const last = figuresAt(collector.lines, Math.floor(agent.clock.nowMs() / 60_000) * 60);
  const sent = { 'sink.connected': 1, 'sink.batches_sent': 2, 'sink.samples_sent': 2 * size };
  expect(ofSink(last, 'instrumental')).toEqual({
    ...nothingYet,
    'sink.refusals': 3,
    'sink.batches_returned': 3,
    ...sent,
  });
});

test('a collector that resets: what may arrive twice is counted, and that it was connected again', async () => {
  const collector = await collectorIn({});
  const agent = testDaemon(makeHome(), sendingTo(collector));
  agent.tick();
  await advanceUntil(agent, () => count(agent, 'batch.sent') === 1);
  const size = collector.lines.length;
  collector.setMode({ resetAfter: 3 });
  agent.tick();
  await advanceUntil(agent, () => count(agent, 'batch.returned') === 1);
  collector.setMode({ resetAfter: null });
  await advanceUntil(agent, () => count(agent, 'batch.sent') === 2);
  agent.tick();
  await advanceUntil(agent, () => count(agent, 'batch.sent') === 3);
  expect(ofSink(figuresAt(collector.lines, Math.floor(agent.clock.nowMs() / 60_000) * 60), 'instrumental')).toEqual({
    ...nothingYet,
    'sink.connected': 1,
    'sink.reconnects': 1,
    'sink.batches_sent': 2,
    'sink.batches_returned': 1,
    'sink.samples_sent': 2 * size,
    'sink.samples_maybe_twice': size,
  });
});

test('what the bound of the spool costs is counted to the sample, and goes on counting after a restart', async () => {
  const collector = await collectorIn({ refuse: true });
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const change = { ...sendingTo(collector), spool: { maxSizeBytes: 2000 } };
  const first = testDaemon(home, change);
  for (let tick = 1; tick <= 5; tick += 1) {
    await first.tickAndFinish('two-gauges');
    await advanceUntil(first, () => count(first, 'batch.returned') >= tick);
  }
  await first.stop();
  const lost = first.events.of('spool.overflowed').at(-1)?.samples ?? 0;
  expect(lost).toBeGreaterThan(0);
  collector.setMode({ refuse: false });
  const second = testDaemon(home, change);
  await advanceUntil(second, () => count(second, 'batch.sent') > 0);
  const before = collector.lines.length; // the second begins in the same minute as the first did
  second.tick();
  const atS = second.clock.nowMs() / 1000;
  const figures = () => figuresAt(collector.lines.slice(before), atS);
  await advanceUntil(second, () => 'cpu_s' in figures());
  expect(ofSink(figures(), 'instrumental')['spool.lost']).toBe(lost);
});
