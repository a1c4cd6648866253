import type { FormatName } from './format.ts';

/** Why a line of plugin output is not a sample. */
export type BadLineReason =
  | 'too-few-words'
  | 'too-many-words'
  | 'bad-name'
  | 'not-a-number'
  | 'decimal-comma'
  | 'not-finite'
  | 'bad-time'
  /** In formats of other systems: its name and time are those of an earlier sample of the run. */
  | 'duplicate'
  /** In formats of other systems: it is not as the format wants it, or is not UTF-8. */
  | 'bad-syntax';

/**
 * What an output can look like: a format of another system. All but collectd's can be configured.
 */
export type ForeignFormat = Exclude<FormatName, 'native' | 'value'> | 'collectd';

/**
 * One line that was dropped: `line` counts from 1, `text` is cut to 200 characters, `hint` says
 * what to write instead.
 */
export type BadLine = {
  readonly line: number;
  readonly text: string;
  readonly reason: BadLineReason;
  readonly hint: string;
};
