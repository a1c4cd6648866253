import { dirname } from 'node:path';
import type { PidFile } from '../io/disk/pid-file.ts';
import type { Edges } from '../io/edges.ts';
import type { Processes } from '../io/process/identity.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { ProcessIdentity } from '../model/run.ts';

/**
 * Returns the text of a pid file: the process id, and on a second line the start of the process,
 * which distinguishes it from a later process with the same id.
 */
export function pidFileText({ pid, startedAt }: ProcessIdentity): string {
  return `${pid}\n${startedAt}\n`;
}

/**
 * Returns the running agent that a pid file names; null if there is none. A file without a second
 * line names no agent. Nor does a file whose owner is neither root nor the user of the process:
 * otherwise any user who can write the file could have any process ended. Never throws.
 */
export function agentIn(
  { text, uid }: PidFile,
  { isAlive, uidOf }: Pick<Processes, 'isAlive' | 'uidOf'>,
): ProcessIdentity | null {
  const [, digits, startedAt] = /^([1-9]\d{0,9})\n([^\n]+)\n?$/.exec(text) ?? [];
  if (digits === undefined || startedAt === undefined) return null;
  const identity = { pid: Number(digits), startedAt };
  return isRunBy(identity, uid, { isAlive, uidOf }) ? identity : null;
}

/**
 * Whether a process is alive and the owner of the file that names it may speak for it: root, or the
 * user of the process. Never throws.
 */
export function isRunBy(
  identity: ProcessIdentity,
  ownerUid: number,
  { isAlive, uidOf }: Pick<Processes, 'isAlive' | 'uidOf'>,
): boolean {
  if (!isAlive(identity)) return false;
  const runsAs = uidOf(identity.pid);
  return ownerUid === 0 || runsAs === null || runsAs === ownerUid;
}

/**
 * Returns the running agent of this pid file; null if there is none. An error is a sentence for
 * the user: the file can't be read.
 */
export function runningAgent(path: string, { pidFiles, processes }: Edges): Result<ProcessIdentity | null, string> {
  const file = pidFiles.read(path);
  return file.ok ? ok(file.value && agentIn(file.value, processes)) : file;
}

/** A pid file that names this process. */
export type PidClaim = {
  /** Whether the file is there and names this process. Never throws. */
  isThere(): boolean;
  /**
   * Writes the file again if it is gone. Null, or a sentence for the user: it can't be written, or
   * another running agent has it.
   */
  remake(): string | null;
  /** Removes it. */
  release(): void;
};

/**
 * Claims the pid file for this process, unless another running agent has it. An error is a
 * sentence for the user; if the pid file is in `stateDir`, it advises another state directory.
 */
export function claimPidFile(
  path: string,
  { pid, pidFiles, processes }: Edges,
  stateDir: string | null = null,
): Result<PidClaim, string> {
  const own = pidFileText(processes.identify(pid) ?? { pid, startedAt: '' });
  const unclaimed = claim();
  if (unclaimed !== null) return err(unclaimed);
  return ok({
    isThere() {
      const present = pidFiles.read(path);
      return present.ok && present.value?.text === own;
    },
    remake: claim,
    release: () => void pidFiles.remove(path, ({ text }) => text === own),
  });

  function claim(): string | null {
    const claimed = pidFiles.claim(
      path,
      own,
      (present) => present.text !== own && agentIn(present, processes) !== null,
    );
    if (!claimed.ok) return claimed.error;
    const { heldBy } = claimed.value;
    if (heldBy === null) return null;
    const other = agentIn(heldBy, processes)?.pid ?? 'ended meanwhile';
    return dirname(path) === stateDir
      ? `another agent uses the state directory ${stateDir} (pid ${other}); ` +
          'stop that one, or give this one its own with --state-dir DIR'
      : `the pid file ${path} is that of another running agent (pid ${other}); give this one its own with -p FILE`;
  }
}
