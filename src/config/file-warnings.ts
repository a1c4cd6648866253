import { octal } from '../words/octal.ts';
import { quoted } from '../words/shell-words.ts';
import { allSettings } from './schema.ts';
import type { Source } from './source.ts';

/** What is to be mended about the files of a configuration as such: who can read a secret in them, and who can write them. One sentence each, with what to type. */
export function fileWarnings(source: Source): readonly string[] {
  return [...openSecretFiles(source), ...writableFiles(source)];
}

/** Warns of files that hold a secret and can be read by others than their owner. Where that is root, its group is one that root has let in: the agent's. */
function openSecretFiles(source: Source): readonly string[] {
  const secrets = allSettings.filter((row) => row.kind.type === 'secret' || row.kind.type === 'headers');
  return source.files.flatMap(({ file, mode, isRoots, entries }) => {
    const entry = entries.find(({ section, key }) => secrets.some((row) => row.section === section && row.key === key));
    if (!entry || mode === null || (mode & (isRoots ? 0o004 : 0o044)) === 0) return [];
    // Without the line: it would be another warning whenever the line moves.
    return [`${file} holds ${entry.key}, and its mode ${octal(mode)} lets others read it: chmod 0600 ${quoted(file)}`];
  });
}

/** Warns of files that others than their owner, and root's group, can write: who does so makes the agent run what they like. */
function writableFiles(source: Source): readonly string[] {
  return source.files.flatMap(({ file, mode, isRoots }) => {
    if (mode === null || (mode & (isRoots ? 0o002 : 0o022)) === 0) return [];
    return [
      `${file} can be written by others, for its mode is ${octal(mode)}, and so they can run what they like as the agent: chmod go-w ${quoted(file)}`,
    ];
  });
}
