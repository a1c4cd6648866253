import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createLive } from '../../src/dashboard/live.ts';
import type { Stream } from '../../src/io/net/http-server.ts';
import type { PluginStatus } from '../../src/model/status.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { nowOf } from '../helpers/status-now.ts';
import { samplePlugin, sampleStatus } from '../view/sample.ts';

/** A client that reads what it is sent, unless `waitingBytes` says that it does not. */
function client() {
  let received = '';
  let closed = () => {};
  const state = { waitingBytes: 0, isEnded: false };
  const stream: Stream = {
    write: (text) => {
      received += text;
    },
    end() {
      state.isEnded = true;
      closed();
    },
    waitingBytes: () => state.waitingBytes,
    onClose: (fn) => {
      closed = fn;
    },
  };
  return {
    stream,
    state,
    leave: () => closed(),
    /** The events since the last call: `[event, data]`. */
    events() {
      const events = received.split('\n\n').flatMap((block) => {
        const found = /^event: (\w+)\ndata: (.*)$/s.exec(block);
        return found ? [[found[1], JSON.parse(found[2] ?? '')]] : [];
      });
      received = '';
      return events;
    },
    raw: () => received,
  };
}

function following() {
  const clock = fakeClock();
  let plugins: readonly PluginStatus[] = [samplePlugin('a'), samplePlugin('b')];
  let made = 0;
  const status = () => {
    made += 1;
    return nowOf(sampleStatus({ plugins }));
  };
  const live = createLive(clock, status);
  const follow = () => {
    const one = client();
    const reply = live.follow();
    if ('stream' in reply) reply.stream(one.stream);
    return one;
  };
  return { clock, live, follow, set: (next: readonly PluginStatus[]) => (plugins = next), made: () => made };
}

test('a new client gets the whole status, and then only the plugins that changed and the rest of the status', () => {
  const { clock, live, follow, set } = following();
  const one = follow();
  expect(one.events()).toMatchObject([['status', { plugins: [{ file: 'a' }, { file: 'b' }] }]]);
  clock.advance(1000);
  set([samplePlugin('a'), samplePlugin('c')]);
  live.touched();
  clock.advance(0);
  const [[event, change] = []] = one.events();
  expect([event, change.plugins.map(({ file }: PluginStatus) => file), change.removed]).toEqual([
    'change',
    ['c'],
    ['b'],
  ]);
  expect(change.agent.hostname).toBe('web1');
  expect(change.agent.plugins).toBeUndefined();
});

test('many changes at once are one, and there are at most four a second', () => {
  const { clock, live, follow } = following();
  const one = follow();
  one.events();
  for (let ms = 0; ms < 1000; ms += 10) {
    live.touched();
    clock.advance(10);
  }
  expect(one.events().length).toBeGreaterThanOrEqual(3);
  for (let ms = 0; ms < 1000; ms += 10) {
    live.touched();
    clock.advance(10);
  }
  expect(one.events().length).toBeLessThanOrEqual(4);
});

test('without a client no status is made, and no timer is left when the last client has gone', () => {
  const { clock, live, follow, made } = following();
  live.touched();
  clock.advance(60_000);
  expect(made()).toBe(0);
  const one = follow();
  live.touched();
  one.leave();
  const before = made();
  clock.advance(60_000);
  expect(made()).toBe(before);
  expect(clock.pending()).toBe(0);
});

test('a client that does not read misses changes instead of filling memory, and gets the whole status once it reads again', () => {
  const { clock, live, follow } = following();
  const slow = follow();
  const quick = follow();
  for (const one of [slow, quick]) one.events();
  slow.state.waitingBytes = 5 * 1024 * 1024;
  clock.advance(1000);
  live.touched();
  clock.advance(0);
  expect([slow.events().length, quick.events().length]).toEqual([0, 1]);
  slow.state.waitingBytes = 0;
  clock.advance(1000);
  live.touched();
  clock.advance(0);
  expect(slow.events().map(([event]) => event)).toEqual(['status']);
});

test('a sign of life comes every 15 s, and a close ends every stream', () => {
  const { clock, live, follow } = following();
  const one = follow();
  one.events();
  clock.advance(15_000);
  expect(one.raw()).toBe(': still here\n\n');
  live.close();
  expect(one.state.isEnded).toBe(true);
});

test('a hundred clients follow at a time; one more is refused until another has left', () => {
  const { live, follow } = following();
  const clients = Array.from({ length: 100 }, follow);
  expect(live.follow()).toMatchObject({ status: 503, headers: { 'retry-after': '15' } });
  clients[7]?.leave();
  expect(live.follow()).toMatchObject({ status: 200 });
});

test('clients that read nothing share a bound: beyond it, none is added, and changes are left out sooner', () => {
  const { clock, live, follow, set } = following();
  const slow = Array.from({ length: 32 }, follow);
  for (const { state, events } of slow) {
    state.waitingBytes = 1.5 * 1024 ** 2; // 48 MiB together
    events();
  }
  expect(live.follow()).toMatchObject({ status: 503 });
  set([samplePlugin('a')]);
  live.touched();
  clock.advance(1000);
  expect(slow.flatMap(({ events }) => events())).toEqual([]);
  for (const { state } of slow) state.waitingBytes = 0;
  live.touched();
  clock.advance(1000);
  expect(slow.map(({ events }) => events().map(([event]) => event))).toEqual(slow.map(() => ['status']));
  expect(live.follow()).toMatchObject({ status: 200 });
});

/** Each takes longer than a step may. */
function* slowly(plugins: readonly PluginStatus[]): Iterable<PluginStatus> {
  for (const plugin of plugins) {
    for (const endMs = performance.now() + 9; performance.now() < endMs; );
    yield plugin;
  }
}

test('a change and a client that come during a long walk are sent after it', async () => {
  const clock = fakeClock();
  let plugins: readonly PluginStatus[] = [samplePlugin('a')];
  const live = createLive(clock, () => {
    const now = sampleStatus({ plugins });
    return { ...nowOf(now), plugins: slowly(now.plugins) };
  });
  const follow = () => {
    const one = client();
    const reply = live.follow();
    if ('stream' in reply) reply.stream(one.stream);
    return one;
  };
  const [first, second] = [follow(), follow()];
  plugins = [samplePlugin('b')];
  live.touched();
  expect(first.events()).toEqual([]);
  for (let turns = 0; turns < 5; turns += 1) {
    await turn();
    clock.advance(250);
  }
  await turn();
  expect(first.events()).toMatchObject([
    ['status', { plugins: [{ file: 'a' }] }],
    ['change', { plugins: [{ file: 'b' }], removed: ['a'] }],
  ]);
  expect(second.events()).toMatchObject([['status', { plugins: [{ file: 'b' }] }]]);
  live.close();
});
