import { expect, test } from 'vitest';
import { evidenceOf, reasonsOnPage } from '../../../src/dashboard/web/evidence.ts';
import type { PluginStatus } from '../../../src/model/status.ts';
import { shellLine } from '../../../src/words/own-command.ts';
import { install, type MadeUpPlugin, makeWorld, reason } from '../../browser/world.ts';

const world = makeWorld(1_000_000);
const plugin = (made: Partial<MadeUpPlugin>): PluginStatus => install(world, { file: 'x y.sh', ...made });
const failing = (sentence: string, line: string, state: PluginStatus['state'] = 'failing') =>
  evidenceOf(plugin({ state, status: 3, stderr: ['first', line], reasons: [reason('exit-status', sentence)] }));

test('a plugin that reports nothing shows its last line on stderr, cut, if no reason holds it', () => {
  expect(failing('it exited with status 3', 'no route')).toBe('stderr: no route');
  expect(failing('it exited with status 3', 'no route', 'silent')).toBe('stderr: no route');
  expect(failing('it exited with status 3', 'x'.repeat(201))).toBe(`stderr: ${'x'.repeat(200)}…`);
  expect(failing('its last line on stderr: "no\\x1b route"', 'no\u001b route')).toBeNull();
  expect(failing(`its last line on stderr: "${'x'.repeat(200)}…"`, 'x'.repeat(300))).toBeNull();
  expect(failing('still running', 'no route', 'hung')).toBeNull();
  expect(evidenceOf(plugin({ state: 'failing', status: 3, reasons: [reason('exit-status', '')] }))).toBeNull();
});

test('a plugin that reports in part shows its first bad line, if no reason holds it', () => {
  const stdout = 'good 1\n\nnot good\nbad\n';
  const part = (sentence: string) => evidenceOf(plugin({ stdout, reasons: [reason('some-bad-lines', sentence)] }));
  expect(part('this looks like Prometheus text')).toBe('line 3: not good');
  expect(part('the first is line 3, "not good": a number was expected')).toBeNull();
  expect(evidenceOf(plugin({ reasons: [reason('output-cut', 'it was cut')] }))).toBeNull();
  expect(evidenceOf(plugin({ stdout }))).toBeNull();
  expect(evidenceOf(plugin({ hasRun: false, reasons: [reason('not-run-yet', '')] }))).toBeNull();
});

test('the command that shows the status of the plugin is left out, with all flags, and no other', () => {
  const own = (file: string) => shellLine(['node', '/it is/main.js', '--state-dir', '/s t', 'status'], [file]);
  const commands = [own('x y.sh'), own('y.sh'), 'instrument_server check --connect'];
  const shown = reasonsOnPage(plugin({ reasons: [reason('exit-status', 'a', ...commands), reason('skipped', 'b')] }));
  expect(shown.map((each) => each.commands)).toEqual([commands.slice(1), []]);
  const others = plugin({ reasons: [reason('exit-status', 'a', own('z.sh'))] });
  expect(reasonsOnPage(others)).toBe(others.reasons);
  const dashed = install(world, { file: '-x', reasons: [reason('exit-status', 'a', own('-x'))] });
  expect(reasonsOnPage(dashed)[0]?.commands).toEqual([]);
});
