import { expect, test } from 'vitest';
import { afterChange, fromStatus } from '../../../src/dashboard/web/agent-state.ts';
import { comparePlugins, isInTrouble, needsALook, pluginLook, sinkLook } from '../../../src/dashboard/web/order.ts';
import { fileOf, hashOf } from '../../../src/dashboard/web/plugin-link.ts';
import type { ReasonKind } from '../../../src/model/advice.ts';
import type { PluginState, PluginStatus } from '../../../src/model/status.ts';
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
  expect(plugins.toSorted(comparePlugins).map(({ file }) => file)).toEqual(['z', 'x', 'y', 'w', 'a', 'a', 'b']);
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
  expect([muted, plugin('z', 'silent', 'empty-output')].toSorted(comparePlugins).map(({ file }) => file)).toEqual([
    'z',
    'x',
  ]);
  const well: PluginStatus = { ...plugin('y', 'ok'), muted: { untilS: null } };
  expect(pluginLook(well)).toEqual(pluginLook(plugin('y', 'ok')));
});
