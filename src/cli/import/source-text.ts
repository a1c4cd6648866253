import { err, ok, type Result } from '../../model/result.ts';
import { visible } from '../../words/visible.ts';
import type { ImportHost } from './imported.ts';

/**
 * Reads a text file of another system. An error is what is wrong with it, to stand behind its path:
 * it is missing, is not a regular file, may not be read, is larger than 1 MiB, or is no text. Never
 * throws, and never waits for a pipe.
 */
export function readSourceText({ files, configFiles }: ImportHost, path: string): Result<string, string> {
  const facts = files.facts(path);
  if (facts.kind === 'failed')
    return err(facts.code === 'ENOENT' ? 'does not exist' : `can't be looked at (${facts.code})`);
  if (facts.kind === 'directory') return err('is a directory, and not a file');
  if (facts.kind === 'other') return err('is not a regular file');
  const read = configFiles.read(path);
  if (!read.ok) {
    const { code, detail, denied } = read.error;
    const cure = denied === null ? '' : `; ${denied.user} may not: type the same command as root, or as its owner`;
    return err(code === 'EFBIG' ? detail.replace(/^it /, '') : `can't be read (${visible(detail)})${cure}`);
  }
  if (read.value.text.includes('\0')) return err('is not a text file');
  return ok(read.value.text.replace(/^\uFEFF/, ''));
}

/** Reads the names in a directory, sorted. An error is what is wrong, to stand behind its path. */
export function sortedNames({ files }: ImportHost, path: string): Result<readonly string[], string> {
  const entries = files.entries(path);
  if (!('kind' in entries)) return ok(entries.toSorted());
  return err(entries.code === 'ENOENT' ? 'does not exist' : `can't be read (${entries.code})`);
}
