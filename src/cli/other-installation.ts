import { isSafeFor } from '../agent/inspect.ts';
import type { Flags } from '../config/resolve.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import { shellLine } from '../words/own-command.ts';
import { userText } from '../words/user-text.ts';
import { settingFlags } from './flags.ts';

const keyFlag = '--api_key';

/**
 * Why a check by root, without `-u`, says nothing about these directories, with what to type:
 * another user owns them, whose agent could not use what is right for root. A script directory that
 * a third user can have put there is no sign of that: the check then names the folder above it.
 * `reportFlags` are the flags of `check` that were given. Null: it does. Never throws.
 */
export function otherInstallation(
  { scripts, stateDir }: Config,
  flags: Flags,
  reportFlags: readonly string[],
  edges: Pick<Edges, 'machine' | 'files' | 'platform' | 'program'>,
): string | null {
  const { machine, files, program } = edges;
  if (machine.uid !== 0) return null;
  const looked = [
    ...(scripts.enabled ? [{ what: 'script directory', path: scripts.location }] : []),
    { what: 'state directory', path: stateDir },
  ];
  for (const { what, path } of looked) {
    const facts = files.facts(path);
    if (facts.kind !== 'directory' || facts.uid === 0) continue;
    if (path === scripts.location && !isSafeFor(facts.uid, path, edges)) continue;
    const name = files.userName(facts.uid);
    const whose = `the ${what} ${path} belongs to ${userText(facts.uid, name)}, and this is a check for root`;
    if (name === null) return `${whose}; check as that user`;
    const key = flags.given.has(keyFlag) ? ', and give the key again' : '';
    const words = [...program, '-u', name, ...wordsOf(flags), 'check', ...reportFlags];
    return `${whose}; check as that user${key}: ${shellLine(words, [])}`;
  }
  return null;
}

/** The flags as they were typed, but for the key, which is shown nowhere. */
function wordsOf({ configFile, tempDir, pidFile, given }: Flags): readonly string[] {
  const files = [
    ['-f', configFile],
    ['-t', tempDir],
    ['-p', pidFile],
  ] as const;
  return [
    ...files.flatMap(([flag, value]) => (value === null ? [] : [flag, value])),
    ...[...given]
      .filter(([flag]) => flag !== keyFlag)
      .flatMap(([flag, value]) => (isSwitch(flag) ? [flag] : [flag, value])),
  ];
}

function isSwitch(long: string): boolean {
  return settingFlags.some((flag) => flag.long === long && flag.argument === null);
}
