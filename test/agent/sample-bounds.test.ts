import { describe, expect, test } from 'vitest';
import { SampleBounds } from '../../src/agent/sample-bounds.ts';
import { atOnce } from '../../src/io/walk.ts';
import type { AgentEvent } from '../../src/model/event.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { metricName, type Sample, type SampleSource, unixSeconds } from '../../src/model/sample.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

const plugin = pluginFile('pids.sh');
const dayMs = 86_400_000;

function sampleBounds(maxNames: number, maxSamples = 1_000_000) {
  const clock = fakeClock(5000);
  const limits = { maxNames, maxSamples };
  const bounds = new SampleBounds(clock, () => limits);
  return {
    clock,
    limits,
    bounds,
    /** One run: the names that are sent, each time the same, and what was left out. */
    run(names: readonly string[], file = plugin) {
      const { samples, leftOut } = atOnce(bounds.bound(file, sourceOf(names), names.length));
      const sent = namesOf(samples);
      expect(namesOf(samples)).toEqual(sent);
      return { sent, leftOut };
    },
  };
}

const sourceOf = (names: readonly string[]): SampleSource => ({
  *[Symbol.iterator]() {
    for (const name of names) yield { metric: metricName(name), value: 1, atS: unixSeconds(5) } satisfies Sample;
  },
});

const namesOf = (samples: SampleSource) => [...samples].flatMap((sample) => sample?.metric ?? []);

/** `count` names, which no other call with another word gives. */
const names = (word: string, count: number) => Array.from({ length: count }, (_, index) => `h.p.${word}${index}`);

describe('max_names', () => {
  test('samples with new names are left out beyond it, those with known names are sent, in their order', () => {
    const { run } = sampleBounds(4);
    expect(run(['a', 'b', 'c'])).toEqual({ sent: ['a', 'b', 'c'], leftOut: null });
    const { sent, leftOut } = run(['d', 'x', 'a', 'y', 'x', 'c']);
    expect(sent).toEqual(['d', 'a', 'c']);
    expect(leftOut).toEqual({ beyond: 0, newNames: 3, firstNewName: 'x', maxSamples: 1_000_000, maxNames: 4 });
    expect(run(['a', 'b', 'c', 'd'])).toEqual({ sent: ['a', 'b', 'c', 'd'], leftOut: null });
  });

  test('a plugin that gives 2,000 other names at each run is stopped at 20,000, and has room again a day later', () => {
    const { run, clock } = sampleBounds(20_000);
    const sent = Array.from({ length: 20 }, (_, time) => run(names(`run${time}_`, 2000)).sent.length);
    expect(sent).toEqual([...Array(10).fill(2000), ...Array(10).fill(0)]);
    clock.advance(dayMs);
    expect(run(names('later', 2000)).sent.length).toBe(2000);
  });

  test('a plugin that gives only 20 other names at each run is stopped too, though later', () => {
    const { run } = sampleBounds(2000);
    let sent = 0;
    for (let time = 0; time < 2000; time += 1) sent += run(names(`run${time}_`, 20)).sent.length;
    expect(sent).toBeLessThan(2000 + 16 * 1001 + 320);
    expect(run(names('last', 20)).sent).toEqual([]);
  });

  test('a plugin that has the same 5,000 names at each run loses nothing for weeks', () => {
    const { run, clock } = sampleBounds(5000);
    for (let hour = 0; hour < 500; hour += 10) {
      expect(run(names('cpu', 5000)).leftOut).toBe(null);
      clock.advance(10 * 3_600_000);
    }
  });

  test('one plugin’s names are not another’s, and a script that was changed or is gone begins without any', () => {
    const { run, bounds } = sampleBounds(2);
    const passed: AgentEvent[] = [];
    const emit = bounds.watching((event) => passed.push(event));
    expect(run(['a', 'b', 'c']).sent).toEqual(['a', 'b']);
    expect(run(['c', 'd'], pluginFile('other')).sent).toEqual(['c', 'd']);
    emit({ event: 'plugin.changed', plugin });
    expect(passed).toHaveLength(1);
    expect(run(['c', 'd']).sent).toEqual(['c', 'd']);
    bounds.present(new Set([plugin]));
    expect(run(['e'], pluginFile('other')).sent).toEqual(['e']);
    expect(run(['e']).sent).toEqual([]);
  });

  test('raising it lets new names in at once', () => {
    const { run, limits } = sampleBounds(2);
    expect(run(['a', 'b', 'c']).sent).toEqual(['a', 'b']);
    limits.maxNames = 3;
    expect(run(['a', 'b', 'c']).sent).toEqual(['a', 'b', 'c']);
  });

  test('whoever reads the samples can pause where many are left out', () => {
    const { bounds, run } = sampleBounds(1);
    run(['a']);
    const { samples } = atOnce(bounds.bound(plugin, sourceOf(names('new', 5000)), 5000));
    expect([...samples]).toEqual([null, null, null, null, null]);
  });
});

describe('max_samples', () => {
  test('the first samples of a run are sent, those after them are counted', () => {
    const { run } = sampleBounds(20_000, 3);
    expect(run(['a', 'a', 'b'])).toEqual({ sent: ['a', 'a', 'b'], leftOut: null });
    const { sent, leftOut } = run(['a', 'b', 'c', 'd', 'e']);
    expect(sent).toEqual(['a', 'b', 'c']);
    expect(leftOut).toMatchObject({ beyond: 2, newNames: 0, firstNewName: null, maxSamples: 3 });
  });

  test('names that come after them do not count for max_names', () => {
    const { run } = sampleBounds(2, 2);
    expect(run(['a', 'a', 'b', 'c'])).toMatchObject({ sent: ['a', 'a'], leftOut: { beyond: 2, newNames: 0 } });
    expect(run(['b', 'c', 'c'])).toMatchObject({ sent: ['b'], leftOut: { beyond: 1, newNames: 1 } });
  });
});
