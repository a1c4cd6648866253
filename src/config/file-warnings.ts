import { octal } from '../words/octal.ts';
import { quoted } from '../words/shell-words.ts';
import { allSettings } from './schema.ts';
import type { Source } from './source.ts';

/**
 * Warnings about the modes of the files: other users can read a secret in them or write to them.
 * One sentence each, with what to type.
 */
export function fileWarnings(source: Source): readonly string[] {
  return [...openSecretFiles(source), ...writableFiles(source)];
}

/**
 * Warns about files that hold a secret and that other users can read. The group of a file that
 * root owns may read it: root has chosen that group, and it is the agent's.
 */
function openSecretFiles(source: Source): readonly string[] {
  const secrets = allSettings.filter(({ kind }) => ['secret', 'headers', 'proxy'].includes(kind.type));
  const isSecret = (section: string, key: string, value: string) =>
    secrets.some((row) => row.section === section && row.key === key && (row.kind.type !== 'proxy' || hasLogin(value)));
  return source.files.flatMap(({ file, mode, isRoots, entries }) => {
    const entry = entries.find(({ section, key, value }) => isSecret(section, key, value));
    if (!entry || mode === null || (mode & (isRoots ? 0o004 : 0o044)) === 0) return [];
    // Without the number of the line, so that the warning stays the same when the line moves.
    return [`${file} holds ${entry.key}, and its mode ${octal(mode)} lets others read it: chmod 0600 ${quoted(file)}`];
  });
}

function hasLogin(proxy: string): boolean {
  return proxy.includes('@');
}

/**
 * Warns about files that other users can write, because those users could make the agent run
 * anything.
 */
function writableFiles(source: Source): readonly string[] {
  return source.files.flatMap(({ file, mode, isRoots }) => {
    if (mode === null || (mode & (isRoots ? 0o002 : 0o022)) === 0) return [];
    return [
      `${file} can be written by other users, because its mode is ${octal(mode)}; ` +
        `they could make the agent run anything: chmod go-w ${quoted(file)}`,
    ];
  });
}
