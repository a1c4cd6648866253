import { styleText } from 'node:util';
import type { LogLevel } from '../model/config.ts';
import { clockTime } from '../words/clock-time.ts';
import { visible } from '../words/visible.ts';
import type { LogLine } from './catalogue.ts';

/**
 * Fields that say in a sentence what happened; the first there is stands at the end of the line.
 */
const sentences = ['explanation', 'detail', 'problem', 'text', 'line'];
const colours = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
  info: 'green',
  debug: 'gray',
  trace: 'gray',
} as const satisfies Record<LogLevel, string>;

/**
 * A line of the log for a person at a terminal: `14:03:07 warn  a run failed (plugin=x.sh
 * status=3): it exited with status 3`, with its end. The time is local. The problems of a
 * configuration follow, each on a line of its own. Plugin output is untrusted: what could move
 * the cursor, change colours or forge a line is shown as an escape. Other nested facts are left
 * to the JSON form. Never throws.
 */
export function terminalLine(
  { level, msg, fields }: LogLine,
  atMs: number,
  options: { readonly colours: boolean },
): string {
  const paint = (colour: 'gray' | 'red' | 'yellow' | 'green', text: string) =>
    options.colours ? styleText(colour, text, { validateStream: false }) : text;
  const sentence = sentences.find((name) => typeof fields[name] === 'string');
  const facts = Object.entries(fields).flatMap(([name, value]) =>
    sentences.includes(name) || isNoise(name, fields) || (typeof value === 'object' && value !== null)
      ? []
      : [`${name}=${word(value)}`],
  );
  const inBrackets = facts.length > 0 ? ` (${facts.join(' ')})` : '';
  const atTheEnd = sentence === undefined ? '' : `: ${visible(String(fields[sentence]))}`;
  const head = `${paint('gray', clockTime(atMs))} ${paint(colours[level], level.padEnd(5))}`;
  const problems = Array.isArray(fields['problems'])
    ? fields['problems'].map((problem) => `  ${visible(String(problem))}\n`)
    : [];
  return `${head} ${msg}${inBrackets}${atTheEnd}\n${problems.join('')}`;
}

/** A value as one word: quoted if it would run into what stands around it. */
function word(value: unknown): string {
  const text = visible(String(value));
  return /^[^\s"()=]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`;
}

function isNoise(name: string, fields: LogLine['fields']): boolean {
  return name === 'event' || (fields['repeat'] === 1 && (name === 'repeat' || name === 'elapsedMs'));
}
