import { messageOf } from '../../io/errors.ts';
import { err, ok, type Result } from '../../model/result.ts';

/** A table of a TOML document. */
export type TomlTable = Readonly<Record<string, unknown>>;

/**
 * Parses a TOML document. An error says what is wrong, and where. The parser is loaded at the first
 * call: no agent needs it.
 */
export async function parseToml(text: string): Promise<Result<TomlTable, string>> {
  const { parse, TomlError } = await import('smol-toml');
  try {
    return ok(parse(text));
  } catch (error) {
    const [what = ''] = messageOf(error).split('\n');
    const place = error instanceof TomlError ? `:${error.line}:${error.column}` : '';
    return err(`${place}: ${what}`);
  }
}

/** Whether a value is a table. */
export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The tables of `[[name]]`, or the one of `[name]`. */
export function tablesOf(value: unknown): readonly TomlTable[] {
  return (Array.isArray(value) ? value : [value]).filter(isTable);
}

/** The texts of an array, or the one text itself. */
export function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string');
}
