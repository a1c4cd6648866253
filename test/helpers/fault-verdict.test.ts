import { expect, test } from 'vitest';
import { judge, type SeenConnection } from './fault-verdict.ts';

const on = (
  numbers: readonly (readonly [number: number, atS: number])[],
  change: Partial<SeenConnection> = {},
): SeenConnection => ({
  pid: 1,
  isInOrder: true,
  lastedMs: 5,
  numbers: numbers.map(([number, atS]) => ({ number, atS })),
  ...change,
});
const verdicts: readonly (readonly [
  title: string,
  connections: readonly SeenConnection[],
  problems: readonly string[],
])[] = [
  ['all in order', [on([[1, 7]]), on([[2, 8]])], []],
  ['a number that is missing', [on([[1, 7]])], ['2 never arrived']],
  [
    'a number that nobody printed',
    [
      on([
        [1, 7],
        [2, 7],
        [3, 7],
      ]),
    ],
    ['3 arrived, but no run printed it'],
  ],
  [
    'a line that is not as it was printed',
    [
      on([
        [1, 7],
        [2, 7],
        [Number.NaN, 7],
      ]),
    ],
    ['NaN arrived, but no run printed it'],
  ],
  [
    'the wrong order',
    [
      on([
        [2, 7],
        [1, 7],
      ]),
    ],
    ['1 arrived after 2'],
  ],
  [
    'two times of one number',
    [
      on([[1, 7]], { isInOrder: false }),
      on([
        [1, 8],
        [2, 8],
      ]),
    ],
    ['1 has the times 7 and 8'],
  ],
  [
    'a number twice over one connection',
    [
      on([
        [1, 7],
        [1, 7],
        [2, 7],
      ]),
    ],
    ['1 arrived twice over connection 0'],
  ],
  [
    'again after a broken connection',
    [
      on([[1, 7]], { isInOrder: false }),
      on([
        [1, 7],
        [2, 7],
      ]),
    ],
    [],
  ],
  [
    'again after a connection that lasted too long',
    [
      on([[1, 7]], { lastedMs: 1000 }),
      on([
        [1, 7],
        [2, 7],
      ]),
    ],
    [],
  ],
  [
    'again after a kill',
    [
      on([[1, 7]], { pid: 9 }),
      on([
        [1, 7],
        [2, 7],
      ]),
    ],
    [],
  ],
  [
    'again, but not after the last connection before a kill',
    [on([[1, 7]], { pid: 9 }), on([[2, 7]], { pid: 9 }), on([[1, 7]])],
    ['1 came again over connection 2, but connection 0 had not failed'],
  ],
  [
    'again without a cause',
    [
      on([[1, 7]]),
      on([
        [1, 7],
        [2, 7],
      ]),
    ],
    ['1 came again over connection 1, but connection 0 had not failed'],
  ],
];
test.each(verdicts)('the judge of fault runs knows %s', (_title, connections, problems) => {
  expect(judge({ connections, lastNumber: 2, killedPids: [9], silenceMs: 1000 }).problems).toEqual(problems);
});
