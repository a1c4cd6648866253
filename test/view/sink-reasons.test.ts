import { expect, test } from 'vitest';
import { reason } from '../../src/view/reason.ts';
import { sinkReasons } from '../../src/view/sink-reasons.ts';
import { bareCommands } from '../helpers/own-commands.ts';
import { noonS, sink } from './set-up.ts';

test('a sink that takes everything is no reason, and neither is one that was sent nothing yet', () => {
  expect(sinkReasons([sink(), sink({ name: 'otlp', state: 'new' })], noonS, bareCommands)).toEqual([]);
});

test('each sink in trouble is told by itself: which, for how long, why, and what waits', () => {
  const away = sink({ state: 'away', trouble: 'it is away', troubleSinceS: noonS - 192, waitingSamples: 1 });
  const refused = sink({ name: 'influx', state: 'refused', trouble: 'correct the token', waitingSamples: 20 });
  expect(sinkReasons([away, sink({ name: 'graphite' }), refused], noonS, bareCommands)).toEqual([
    reason(
      'collector-away',
      'instrumental has taken nothing for 3m 12s: it is away; 1 sample waits and none is lost; the agent tries again by itself; try it now',
      'instrument_server check --connect',
    ),
    reason(
      'sink-refused',
      'influx has refused the agent: correct the token; 20 samples wait and none is lost; when that is done, try it',
      'instrument_server check --connect',
    ),
  ]);
  expect(
    sinkReasons(
      [
        sink({ ...refused, name: 'instrumental' }),
        sink({ ...away, name: 'otlp' }),
        sink({ ...away, name: 'otlp', state: 'busy' }),
      ],
      noonS,
      bareCommands,
    ).map(({ kind }) => kind),
  ).toEqual(['key-refused', 'sink-away', 'sink-away']);
});

test('samples that a connected sink refused are told as lost for it', () => {
  expect(sinkReasons([sink({ trouble: 'it can not be read', droppedSamples: 1 })], noonS, bareCommands)).toEqual([
    reason(
      'samples-refused',
      'instrumental will never take 1 sample, which is lost for it: it can not be read; correct what the server complains of; the next samples are sent as usual',
    ),
  ]);
  expect(
    sinkReasons([sink({ trouble: 'it can not be read', droppedSamples: 3 })], noonS, bareCommands)[0]?.explanation,
  ).toMatch(/ 3 samples, which are lost /);
});

test('it is not said that nothing is lost where something is', () => {
  const away = sink({ state: 'away', trouble: 'it is away', waitingSamples: 2, lostSamples: 7 });
  expect(sinkReasons([away], noonS, bareCommands)[0]?.explanation).toContain(
    '; 2 samples wait; 7 samples had no room under [spool] max_size and are lost; ',
  );
});
