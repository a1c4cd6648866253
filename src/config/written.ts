import { dirname } from 'node:path';
import { err, ok, type Result } from '../model/result.ts';
import type { Walk } from '../model/walk.ts';
import { type LocatedKey, type LocatedSection, locateKey, locateSection } from './locate.ts';
import type { Problem } from './problem.ts';
import { allSettings } from './schema.ts';
import type { Setting } from './setting.ts';
import type { Source } from './source.ts';
import { type Kind, misfit, type ValueContext } from './values.ts';

/**
 * The text of one value as the user wrote it. `where` and `key` are those of a problem with it.
 */
export type WrittenText = {
  readonly text: string;
  readonly where: string;
  readonly key: string | null;
  readonly context: ValueContext;
};

/** A text and the row of the table that it is for. */
export type WrittenEntry = LocatedSection & LocatedKey & { readonly written: WrittenText };

/** A value that was read, and the text that it was read from. */
export type WrittenValue<Value> = { readonly value: Value; readonly written: WrittenText };

/** The folder that a relative path starts from, and the home directory. */
type PathContext = Omit<ValueContext, 'origin'>;

const entriesAStep = 100;

/** Finds the row of each line of the files. A line that has no row becomes a problem. */
export function* entriesOfFiles(
  source: Source,
  home: string,
  onProblem: (problem: Problem) => void,
): Walk<readonly WrittenEntry[]> {
  const written: WrittenEntry[] = [];
  for (const { file, entries, sections } of source.files) {
    for (const [index, { section, line }] of sections.entries()) {
      if (index % entriesAStep === entriesAStep - 1) yield;
      const located = locateSection(section);
      if (!located.ok) onProblem({ where: `${file}:${line}`, key: null, ...located.error });
    }
    for (const [index, { section, key, value, line }] of entries.entries()) {
      if (index % entriesAStep === entriesAStep - 1) yield;
      const where = `${file}:${line}`;
      const located = locateSection(section);
      if (!located.ok) continue; // the section's own line is the problem
      const found = locateKey(located.value.name, key);
      const context = { folder: dirname(file), home, origin: where };
      if (found.ok) written.push({ ...located.value, ...found.value, written: { text: value, where, key, context } });
      else onProblem({ where, key, ...found.error });
    }
  }
  return written;
}

/** What environment variables say. An empty variable says nothing. */
export function entriesOfEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  paths: PathContext,
): readonly WrittenEntry[] {
  return allSettings.flatMap((row) => {
    const text = row.variable === null ? '' : (env[row.variable] ?? '');
    if (row.variable === null || text === '') return [];
    const context = { ...paths, origin: `the environment variable ${row.variable}` };
    return [entryOf(row, { text, where: row.variable, key: null, context })];
  });
}

/** What flags say. `values` are their texts by their long spelling. */
export function entriesOfFlags(values: ReadonlyMap<string, string>, paths: PathContext): readonly WrittenEntry[] {
  return allSettings.flatMap((row) => {
    const text = row.flag === null ? undefined : values.get(row.flag.long);
    if (row.flag === null || text === undefined) return [];
    return [entryOf(row, textOfFlag(row.flag.short ?? row.flag.long, text, paths))];
  });
}

function entryOf(setting: Setting<unknown>, written: WrittenText): WrittenEntry {
  return { name: setting.section, instance: null, setting, variable: null, written };
}

/** The value of a flag as a text. */
export function textOfFlag(flag: string, text: string, paths: PathContext): WrittenText {
  return { text, where: flag, key: null, context: { ...paths, origin: `the flag ${flag}` } };
}

/** Reads the value of a text. Never throws. */
export function readText<Value>(kind: Kind<Value>, written: WrittenText): Result<Value, Problem> {
  const read = readable(kind, written.text);
  const parsed = read.ok ? kind.parse(written.text, written.context) : read;
  return parsed.ok ? parsed : err({ where: written.where, key: written.key, ...parsed.error });
}

/** Whether a text may be given to its kind at all. */
function readable(kind: Kind<unknown>, text: string) {
  if (/[\0\r\n]/.test(text))
    return misfit('the value holds a line break or a NUL character', 'expected a value of one line');
  // An escape such as \ud83d makes half of a character. It can be neither sent nor stored.
  if (/\p{Cs}/u.test(text))
    return misfit(
      'the value holds half of a character',
      'expected the character itself, or both halves, such as \\ud83d\\ude00',
    );
  const mayBeEmpty = kind.type === 'variables' || (kind.type === 'string' && kind.bounds === null);
  if (text === '' && !mayBeEmpty)
    return misfit('the value is empty', 'expected a value; leave it out to use the default');
  return ok(text);
}

/**
 * The value for a row; null: none was written that can be read. Of several the last entry wins.
 * `instance` is the NAME of the row's section.
 */
export function writtenValue<Value>(
  entries: readonly WrittenEntry[],
  row: Setting<Value>,
  instance: string | null = null,
): WrittenValue<Value> | null {
  for (const { written } of entriesOf(entries, row, instance).toReversed()) {
    const read = readText(row.kind, written);
    if (read.ok) return { value: read.value, written };
  }
  return null;
}

/** The values of a row that stands for many keys, by the names of their variables. */
export function writtenVariables(
  entries: readonly WrittenEntry[],
  row: Setting<string>,
  instance: string | null = null,
): Readonly<Record<string, string>> {
  const variables = entriesOf(entries, row, instance).flatMap(({ variable, written }) => {
    const read = readText(row.kind, written);
    return read.ok && variable !== null ? [[variable, read.value] as const] : [];
  });
  return Object.fromEntries(variables);
}

/**
 * The entries of sections with a NAME, by that name, and under null all others, in their order: so
 * that a plugin does not look through the sections of all of them.
 */
export function entriesByInstance(
  entries: readonly WrittenEntry[],
): ReadonlyMap<string | null, readonly WrittenEntry[]> {
  const byInstance = new Map<string | null, WrittenEntry[]>();
  for (const entry of entries) {
    const own = byInstance.get(entry.instance);
    if (own) own.push(entry);
    else byInstance.set(entry.instance, [entry]);
  }
  return byInstance;
}

function entriesOf(
  entries: readonly WrittenEntry[],
  row: Setting<unknown>,
  instance: string | null,
): readonly WrittenEntry[] {
  return entries.filter((entry) => entry.setting === row && entry.instance === instance);
}
