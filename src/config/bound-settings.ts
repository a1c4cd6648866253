import type { Bounds } from '../model/config.ts';
import { fixed } from './defaults.ts';
import { type Rows, setting } from './setting.ts';
import * as values from './values.ts';

/** The part of the table with the keys of `[scripts]` that bound what one plugin may take. */
export const boundSettings: Rows<Bounds> = {
  maxLeftovers: setting('scripts', 'max_leftovers', {
    kind: values.integer(1, 100_000),
    default: fixed(20),
    does:
      'With this many processes that its runs left behind and that still hold its output, a plugin does not run; ' +
      'the agent ends none of them.',
  }),
  maxSamples: setting('scripts', 'max_samples', {
    kind: values.integer(1, 100_000_000),
    default: fixed(1_000_000),
    does: 'How many samples of one run are sent; those after them are counted and dropped.',
  }),
  maxNames: setting('scripts', 'max_names', {
    kind: values.integer(1, 10_000_000),
    default: fixed(20_000),
    does:
      'How many different metric names a plugin may have within a day; samples with more names are counted and ' +
      'dropped, those with known names are sent.',
  }),
  maxStderrBytes: setting('scripts', 'max_stderr', {
    kind: values.size(1024, 1024 ** 3),
    default: fixed(1024 ** 2),
    does: 'How much of what a plugin writes to stderr is logged within an hour; the rest is counted.',
  }),
};
