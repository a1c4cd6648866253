import { expect, test } from 'vitest';
import { closest } from '../../src/words/closest.ts';

test.each([
  ['strat', ['stop', 'start'], 'start'],
  ['report_intervall', ['report_interval', 'hostname'], 'report_interval'],
  ['HostName', ['hostname'], 'hostname'],
  ['sto', ['start', 'stop'], 'stop'],
  ['abcdef', ['start', 'stop'], null],
  ['x', ['y'], null],
  ['', ['a'], null],
  ['start', [], null],
])('for `%s` of %j the user meant %j', (word, candidates, expected) => {
  expect(closest(word, candidates)).toBe(expected);
});
