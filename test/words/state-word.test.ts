import { expect, test } from 'vitest';
import { stateTable } from '../../src/view/state-table.ts';
import {
  isInTrouble,
  isMuted,
  isMutedNow,
  isMutedTrouble,
  mutedText,
  needsALook,
  stateWord,
} from '../../src/words/state-word.ts';

const word = (state: string, ...kinds: readonly string[]) =>
  stateWord({ state, reasons: kinds.map((kind) => ({ kind })) });

test('the word of a plugin that is not ok is its state, whatever the reasons', () => {
  expect(word('failing', 'exit-status')).toBe('failing');
  expect(word('late', 'skipped', 'some-bad-lines')).toBe('late');
});

test('a plugin that reports is ok, or in part if anything was left out, or a warning', () => {
  expect(word('ok')).toBe('ok');
  expect(word('ok', 'some-bad-lines')).toBe('in part');
  expect(word('ok', 'name-collision', 'host-collision')).toBe('in part');
  expect(word('ok', 'name-collision')).toBe('warning');
  expect(word('ok', 'being-written')).toBe('ok');
  expect(word('slow', 'slow')).toBe('slow');
  expect(word('slow', 'slow', 'some-bad-lines')).toBe('in part');
  expect(word('slow', 'slow', 'stderr-cut')).toBe('warning');
});

test('each reason that leaves a plugin ok has a word', () => {
  const kinds = stateTable.filter(({ state }) => state === null).flatMap((row) => row.kinds);
  expect(kinds.length).toBeGreaterThan(9);
  expect(kinds.filter((kind) => word('ok', kind) === 'ok')).toEqual(['being-written']);
});

test('a plugin is muted until the last day that it is, or always', () => {
  const endOf = (year: number, month: number, day: number) => new Date(year, month - 1, day + 1).getTime() / 1000;
  expect(mutedText({ untilS: endOf(2027, 1, 31) })).toBe('muted until 2027-01-31');
  expect(mutedText({ untilS: endOf(2026, 12, 9) })).toBe('muted until 2026-12-09');
  expect(mutedText({ untilS: null })).toBe('always muted');
});

test('trouble is muted where the configuration says so, unless the plugin never runs', () => {
  const muted = { untilS: null };
  expect(isMuted({ state: 'failing', muted })).toBe(true);
  expect(isMuted({ state: 'failing' })).toBe(false);
  expect(isMuted({ state: 'disabled', muted })).toBe(false);
  expect(isMuted({ state: 'not-a-script', muted })).toBe(false);
});

test('trouble needs a look unless it is expected, or over by itself', () => {
  const of = (state: string, ...kinds: readonly string[]) => ({ state, reasons: kinds.map((kind) => ({ kind })) });
  const failing = { ...of('failing', 'exit-status'), muted: {} };
  expect([isInTrouble(failing), isMutedTrouble(failing), needsALook(failing)]).toEqual([true, true, false]);
  expect([of('failing'), of('ok', 'output-cut'), of('slow', 'slow', 'skipped')].map(needsALook)).toEqual([
    true,
    true,
    true,
  ]);
  const calm = [of('disabled', 'disabled'), of('ok', 'being-written'), of('pending', 'no-sink'), of('slow', 'slow')];
  expect(calm.filter(isInTrouble)).toEqual([]);
  expect(isMutedTrouble({ ...of('ok'), muted: {} })).toBe(false);
});

test('a plugin is muted before the moment at which it no longer is', () => {
  expect([9, 10].map((nowS) => isMutedNow({ untilS: 10 }, nowS))).toEqual([true, false]);
  expect(isMutedNow({ untilS: null }, 1e12)).toBe(true);
});
