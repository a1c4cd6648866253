import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InFlightRun } from '../../src/model/run.ts';
import { createFiguresOf } from '../../src/view/plugin-figures.ts';
import { currentRun, pluginStatus } from '../../src/view/plugin-status.ts';
import { createView } from '../../src/view/view.ts';
import { testConfig } from '../helpers/test-daemon.ts';
import { facts, failure, goodRun, known, noonS, script } from './set-up.ts';

const advice = <Kind extends string>(kind: Kind) => ({ kind, sentence: 'it is so', commands: [] });
const leftOut = { beyond: 1, newNames: 0, firstNewName: null, maxSamples: 5, maxNames: 5 };
/** Most often the first value, so that often nothing is wrong. */
const mostly = <Usual, Rare>(usual: Usual, rare: Rare) =>
  fc.oneof({ weight: 15, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(rare) });
const rarely = <Value>(value: Value) => mostly(null, value);
const run = fc.record({
  failure: rarely(failure('it failed')),
  samples: mostly(2, 0),
  badLines: mostly(0, 1),
  droppedBytes: mostly(0, 9),
  outputBytes: fc.constantFrom(20, 0),
  looksLike: rarely(advice('nagios' as const)),
  takenByHost: rarely({ count: 1, names: ['h.cpu.user'] }),
  leftOut: rarely(leftOut),
  outputLost: fc.constantFrom(null, null, 'no room'),
  lastStderr: fc.constantFrom(null, 'a warning'),
  notFinite: fc.constantFrom(0, 1),
  unendedBytes: fc.constantFrom(0, 20),
  durationMs: fc.constantFrom(12, 90_000),
});
const situation = fc.record({
  script: fc.record({
    rejection: fc.constant(null),
    advice: rarely(advice('wrong-mode' as const)),
    note: rarely(advice('long-shebang' as const)),
    collision: rarely(advice('name-collision' as const)),
    isSettled: mostly(true, false),
  }),
  run: fc.oneof({ weight: 9, arbitrary: run }, { weight: 1, arbitrary: fc.constant(null) }),
  lastRunSkips: fc.record({ waiting: mostly(0, 1), running: mostly(0, 1) }),
  entry: rarely({ state: 'running', isOverdue: true, skips: 1 } as const),
  suspension: rarely(advice('directory-suspended' as const)),
  leftBehind: rarely({ processes: 1, pids: [7], most: 20 }),
  unloggedStderr: rarely({ lines: 1, bytes: 5, mostBytes: 1024 }),
  isEnabled: mostly(true, false),
});

test('state, reason and whether it reports are those of the status, also of a plugin that is not looked at in detail', () => {
  let plain = 0;
  fc.assert(
    fc.property(situation, ({ script: judged, run: ended, lastRunSkips, entry, isEnabled, ...others }) => {
      const one = script('x.sh', judged);
      const itsFacts = facts(ended && { ...goodRun, ...ended }, { lastRunSkips });
      const flight: InFlightRun | null = entry && {
        ...entry,
        file: one.plugin.file,
        sinceMs: (noonS - 40) * 1000,
        elapsedMs: () => 40_000,
        pid: () => 7,
      };
      const whole = known({
        script: one,
        facts: itsFacts,
        isEnabled,
        currentRun: flight && currentRun(flight),
        ...others,
      });
      let isAsked = false;
      const figuresOf = createFiguresOf(
        {
          config: testConfig({ scripts: '/scripts', state: '/state' }),
          isEnabled: () => isEnabled,
          suspensionOf: () => others.suspension,
          leftBehind: () => others.leftBehind,
          unloggedStderr: () => others.unloggedStderr,
          view: { ...createView({ nowMs: () => noonS * 1000 }), runs: () => itsFacts },
          inFlight: flight === null ? [] : [flight],
        },
        () => {
          isAsked = true;
          return whole;
        },
      );
      const { state, reasons } = pluginStatus(whole);
      const isReporting = state === 'ok' || ((state === 'slow' || state === 'late') && whole.facts.runs > 0);
      expect(figuresOf(one)).toEqual({
        state,
        reason: reasons[0]?.kind ?? '',
        isReporting,
        overdueS: flight === null ? 0 : 35,
        facts: itsFacts,
      });
      if (!isAsked) plain += 1;
    }),
    { numRuns: 500 },
  );
  expect(plain).toBeGreaterThan(0);
});
