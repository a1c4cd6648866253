import { describe, expect, test } from 'vitest';
import { type RecentValues, renderDevRun, sparkline, withRun } from '../../src/cli/dev-text.ts';
import type { TrialResult } from '../../src/model/trial.ts';
import { badLine, sampleLine, trial } from './trials.ts';

const plain = { colours: false, sparklines: false };
const onTerminal = { colours: false, sparklines: true };

/** The last of these runs, beside those before it. */
function shown(runs: readonly TrialResult[], options = plain): readonly string[] {
  const recent = runs.reduce<RecentValues>(withRun, new Map());
  const last = runs.at(-1);
  if (!last) throw new Error('no run');
  return renderDevRun(last, recent, '12:00:00', options).trimEnd().split('\n');
}

test('the first run shows values; a later one also their changes, and which are new or, once, gone', () => {
  const first = trial([sampleLine(1, 'up', 1), sampleLine(2, 'down', 2.5), sampleLine(3, 'same', 7)]);
  const second = trial([
    sampleLine(1, 'up', 11),
    sampleLine(2, 'down', 2.25),
    sampleLine(3, 'same', 7),
    sampleLine(4, 'extra', 0),
  ]);
  const third = trial([sampleLine(1, 'up', 11), sampleLine(2, 'same', 7)]);
  expect(shown([first])).toEqual([
    '12:00:00 mail.sh: exit 0 after 12 ms, 3 samples, 0 bad lines',
    '  web1.mail.up      1',
    '  web1.mail.down  2.5',
    '  web1.mail.same    7',
  ]);
  expect(shown([first, second]).slice(1)).toEqual([
    '  web1.mail.up       11  +10',
    '  web1.mail.down   2.25  -0.25',
    '  web1.mail.same      7  =',
    '  web1.mail.extra     0  new',
  ]);
  expect(shown([first, second, third]).slice(1)).toEqual([
    '  web1.mail.up       11  =',
    '  web1.mail.down   gone',
    '  web1.mail.same      7  =',
    '  web1.mail.extra  gone',
  ]);
  expect(shown([first, second, third, third]).slice(1)).toEqual(['  web1.mail.up    11  =', '  web1.mail.same   7  =']);
});

test('a terminal shows a graph of each value as well, a pipe does not', () => {
  const runs = [1, 2, 3, 4].map((value) => trial([sampleLine(1, 'x', value)]));
  expect(shown(runs, onTerminal).at(-1)).toMatch(/▁▃▆█$/);
  expect(shown(runs).at(-1)).toBe('  web1.mail.x  4  +1');
});

test('bad lines, stderr and lost output stand below the values', () => {
  const run = trial([sampleLine(1, 'x', 1), badLine(2, 'b "x"\x1b[2J')], {
    stderr: ['careful\x07'],
    outputLost: 'ENOSPC',
  });
  expect(shown([run]).slice(2)).toEqual([
    '  ✗ line 2 "b "x"\\x1b[2J": not-a-number: a number was expected',
    '  stderr: careful\\x07',
    '  part of the output was lost: ENOSPC',
  ]);
});

test('a note stands below the values, with what to type', () => {
  const noted = trial([sampleLine(1, 'a', 1)], {
    notes: [{ kind: 'no-shebang', sentence: 'it has no #! line', commands: ['sed x'] }],
  });
  expect(renderDevRun(noted, withRun(new Map(), noted), '12:00:00', { colours: false, sparklines: false })).toMatch(
    /web1\.mail\.a .*\n {2}note: it has no #! line\n {4}sed x\n$/,
  );
});

test('what an output looks like is said once below its bad lines, which have no hints then', () => {
  const { output } = trial([badLine(1, 'a b'), badLine(2, 'c d')]);
  const looksLike = { kind: 'nagios', sentence: 'this looks like x', commands: ['wrap it'] } as const;
  expect(shown([trial([], { output: { ...output, looksLike } })]).slice(1)).toEqual([
    '  ✗ line 1 "a b": not-a-number',
    '  ✗ line 2 "c d": not-a-number',
    '  this looks like x',
    '    wrap it',
  ]);
});

test('a run that failed says so, why, and below it what to type', () => {
  const run = trial([sampleLine(1, 'x', 1)], {
    ending: { kind: 'exited', status: 3 },
    failure: { kind: 'exit-status', sentence: 'it exited with status 3\x07', commands: ["sed -i 's/a/b/' x\x07"] },
  });
  expect(shown([run])).toEqual([
    '12:00:00 mail.sh: failed after 12 ms: it exited with status 3\\x07',
    "    sed -i 's/a/b/' x\\x07",
    '  web1.mail.x  1',
  ]);
});

test('a flood is cut, and what is left out is counted', () => {
  const lines = [
    ...Array.from({ length: 250 }, (_, index) => sampleLine(index + 1, `m${index}`, index)),
    ...Array.from({ length: 50 }, (_, index) => badLine(index + 251, 'x')),
  ];
  const text = shown([trial(lines, { stderr: Array.from({ length: 50 }, (_, index) => `line ${index}`) })]);
  expect(text.filter((line) => line.startsWith('  …'))).toEqual([
    '  … 50 more metrics',
    '  … 30 more bad lines',
    '  … 30 lines of stderr before these',
  ]);
  expect(text).toHaveLength(1 + 200 + 20 + 20 + 3);
  expect(text.at(-1)).toBe('  stderr: line 49');
});

describe('the graph of a value', () => {
  test.each([
    [[5, 5, 5], '▄▄▄'],
    [[0, 7], '▁█'],
    [[null, 1, null, 2], ' ▁ █'],
    [[-1e308, 1e308], '▁█'],
  ])('%j', (series, bars) => {
    expect(sparkline(series)).toBe(bars);
  });

  test('reaches back 24 runs, and a metric that none of them has is forgotten', () => {
    const runs = [
      trial([sampleLine(1, 'old', 1)]),
      ...Array.from({ length: 30 }, () => trial([sampleLine(1, 'x', 1)])),
    ];
    const recent = runs.reduce<RecentValues>(withRun, new Map());
    expect([...recent].map(([name, series]) => [name, series.length])).toEqual([['web1.mail.x', 24]]);
  });
});
