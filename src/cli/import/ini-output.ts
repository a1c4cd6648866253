import { isUnreadable } from '../../config/ini.ts';
import { visible } from '../../words/visible.ts';
import type { ImportedConfig, ImportedSection } from './imported.ts';

/** Begins the line of a remark. */
export const remarkMark = ';!';

/**
 * Writes sections as the text of an ini file, which `parseIni` reads back as exactly these values.
 * `heading` is the comment in its first line.
 */
export function iniOutput({ sections }: ImportedConfig, heading: string): string {
  const blocks = sections.map(sectionText).filter((text) => text !== '');
  return [`; ${visible(heading)}\n`, ...blocks].join('\n');
}

/** How many remarks an import has. */
export function remarkCount({ sections }: ImportedConfig): number {
  return sections.reduce((sum, { remarks }) => sum + remarks.length, 0);
}

/**
 * Whether a value can stand in an ini file: it is one line of text, and no byte of it was replaced
 * because it was not UTF-8.
 */
export function isIniValue(value: string): boolean {
  return !/[\0\r\n\uFFFD\p{Cs}]/u.test(value);
}

function sectionText({ header, remarks, notes, entries, isActive }: ImportedSection): string {
  const comments = [...remarks.map((text) => `${remarkMark} ${text}`), ...notes.map((text) => `; ${text}`)];
  const lines = [...(header === null ? [] : [`[${header}]`]), ...entries.map(iniLine)];
  const text = [...comments.map(visible), ...(isActive ? lines : lines.map((line) => visible(`; ${line}`)))];
  return text.map((line) => `${line}\n`).join('');
}

/** A key and its value as one line, without a line end. */
export function iniLine([key, value]: readonly [key: string, value: string]): string {
  return `${key} = ${iniText(value)}`;
}

/** A value as it is written: plain where that is read back, else in quotes. */
function iniText(value: string): string {
  const isPlain = value !== '' && value === value.trim() && !/^["']|[;#\\]/.test(value) && !isUnreadable(value);
  if (isPlain) return value;
  const isLiteral = !value.includes("'") && !value.includes('\t') && !isUnreadable(value);
  if (isLiteral && /["\\]/.test(value)) return `'${value}'`;
  return JSON.stringify(value).replace(/[\p{Cc}\u2028\u2029]/gu, unicodeEscape);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
