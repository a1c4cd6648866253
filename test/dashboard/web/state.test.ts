import { expect, test } from 'vitest';
import { afterChange, fromStatus } from '../../../src/dashboard/web/agent-state.ts';
import { type ListOrder, pluginLook, pluginOrder, sinkLook } from '../../../src/dashboard/web/order.ts';
import { fileOf, hashOf } from '../../../src/dashboard/web/plugin-link.ts';
import { createStateChanges } from '../../../src/dashboard/web/state-changes.ts';
import type { ReasonKind } from '../../../src/model/advice.ts';
import type { PluginState, PluginStatus } from '../../../src/model/status.ts';
import { isInTrouble, needsALook } from '../../../src/words/state-word.ts';
import { install, makeWorld, reason } from '../../browser/world.ts';

const world = makeWorld(1_000_000);
const plugin = (file: string, state: PluginState, ...kinds: readonly ReasonKind[]): PluginStatus =>
  install(world, { file, state, reasons: kinds.map((kind) => reason(kind, '')) });

test('a change replaces, adds and removes plugins, and leaves the others the same objects', () => {
  const [a, b, c] = [plugin('a', 'ok'), plugin('b', 'ok'), plugin('c', 'ok')];
  const known = fromStatus({ ...world.agent, plugins: [a, b] });
  const next = afterChange(known, { agent: { ...world.agent, isStopping: true }, plugins: [c], removed: ['a'] });
  expect([...next.plugins.values()]).toEqual([b, c]);
  expect(next.plugins.get('b')).toBe(b);
  expect(next.agent.isStopping).toBe(true);
  expect([...known.plugins.keys()]).toEqual(['a', 'b']);
});

test('a plugin has trouble if it will not recover by itself', () => {
  expect(needsALook(plugin('x', 'ok'))).toBe(false);
  expect(needsALook(plugin('x', 'pending', 'not-run-yet'))).toBe(false);
  expect(needsALook(plugin('x', 'disabled', 'disabled'))).toBe(false);
  expect(needsALook(plugin('x', 'not-a-script', 'not-a-script'))).toBe(false);
  expect(needsALook(plugin('x', 'ok', 'byte-order-mark'))).toBe(true);
  expect(needsALook(plugin('x', 'ok', 'name-collision'))).toBe(true);
  expect(needsALook(plugin('x', 'hung'))).toBe(true);
  expect(needsALook(plugin('x', 'slow', 'slow'))).toBe(false);
  expect(needsALook(plugin('x', 'slow', 'slow', 'skipped'))).toBe(true);
  expect(needsALook(plugin('x', 'ok', 'waiting'))).toBe(true);
  expect(pluginLook(plugin('x', 'slow', 'slow')).tone).toBe('calm');
  expect(pluginLook(plugin('x', 'slow', 'slow', 'skipped')).tone).toBe('warn');
  expect(pluginLook(plugin('x', 'ok', 'some-bad-lines')).tone).toBe('warn');
  expect(pluginLook(plugin('x', 'ok')).tone).toBe('good');
  expect(sinkLook('refused').tone).toBe('bad');
});

test('the worst come first, then by name', () => {
  const plugins = [
    plugin('b', 'ok'),
    plugin('z', 'rejected'),
    plugin('w', 'slow', 'slow'),
    plugin('a', 'ok'),
    plugin('y', 'ok', 'output-cut'),
    plugin('x', 'hung'),
    plugin('a', 'ok'),
  ];
  expect(plugins.toSorted(pluginOrder('trouble', () => null)).map(({ file }) => file)).toEqual([
    'z',
    'x',
    'y',
    'w',
    'a',
    'a',
    'b',
  ]);
});

test('plugins can be ordered by name, and the largest duration, CPU time or latest change first', () => {
  const sorted = (order: ListOrder, changedAtS: (one: PluginStatus) => number | null = () => null) =>
    ['b', 'a', 'd', 'c']
      .map((file, index): PluginStatus => {
        const made = install(world, { file, hasRun: file !== 'd', durationMs: [30, 10, 0, 20][index] ?? 0 });
        return made.lastRun ? { ...made, lastRun: { ...made.lastRun, cpuS: file === 'c' ? 3 : null } } : made;
      })
      .sort(pluginOrder(order, changedAtS))
      .map(({ file }) => file)
      .join('');
  expect(sorted('name')).toBe('abcd');
  expect(sorted('duration')).toBe('bcad');
  expect(sorted('cpu')).toBe('cabd');
  expect(sorted('changed', ({ file }) => ({ d: 9, b: 10 })[file] ?? null)).toBe('bdac');
});

test('a state changed when the page saw that, or else when the strip of ticks says', () => {
  const changes = createStateChanges();
  const made = (file: string, state: PluginState, beats: string) => install(world, { file, state, beats });
  const known = (...plugins: readonly PluginStatus[]) => new Map(plugins.map((one) => [one.file, one]));
  const [same, turned, none] = [made('same', 'ok', 'ooo'), made('turned', 'failing', 'oooff'), made('none', 'ok', '')];
  changes.note(known(same, turned, none), 10_000);
  expect([same, turned, none].map(changes.changedAtS)).toEqual([null, 9940, null]);
  const worse = made('same', 'failing', 'ooof');
  changes.note(known(worse, turned), 20_000);
  changes.note(known(made('same', 'failing', 'oooff'), turned), 20_030);
  expect([worse, turned, none].map(changes.changedAtS)).toEqual([20_000, 9940, null]);
});

test('every file name has an address of its own, and no other address names a plugin', () => {
  for (const file of ['a.sh', 'a b&c=d#e', '<b>', 'ä\u001b']) expect(fileOf(hashOf(file))).toBe(file);
  expect(['', '#', '#plugins-title', '#plugin=', '#plugin=%E0%A4%A'].map(fileOf)).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
});

test('a plugin whose trouble is muted needs no look, is calm, and stands among the others', () => {
  const muted: PluginStatus = { ...plugin('x', 'failing', 'exit-status'), muted: { untilS: null } };
  expect(needsALook(muted)).toBe(false);
  expect(isInTrouble(muted)).toBe(true);
  expect(pluginLook(muted)).toEqual({ ...pluginLook(plugin('x', 'failing', 'exit-status')), tone: 'calm' });
  expect(
    [muted, plugin('z', 'silent', 'empty-output')].toSorted(pluginOrder('trouble', () => null)).map(({ file }) => file),
  ).toEqual(['z', 'x']);
  const well: PluginStatus = { ...plugin('y', 'ok'), muted: { untilS: null } };
  expect(pluginLook(well)).toEqual(pluginLook(plugin('y', 'ok')));
});
