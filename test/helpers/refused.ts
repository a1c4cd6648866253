import type { PluginRejection, RefusedFile } from '../../src/model/plugin.ts';

const [agentUid, otherUid] = [1000, 1001];

/** A file of the agent's user, `agent`, that is no link and has mode 0700. */
export function refused(path: string, change: Partial<RefusedFile> = {}): RefusedFile {
  return {
    path,
    link: null,
    mode: 0o700,
    uid: agentUid,
    user: 'agent',
    agentUid,
    agentUser: 'agent',
    ...change,
  };
}

/** The rejection of a file of the agent's user with another mode than 0700. */
export function wrongMode(
  path: string,
  mode: number,
  change: Partial<RefusedFile> = {},
): Extract<PluginRejection, { kind: 'wrong-mode' }> {
  return { kind: 'wrong-mode', ...refused(path, { mode, ...change }) };
}

/** The rejection of a file of `other` with mode 0700. */
export function wrongOwner(
  path: string,
  change: Partial<RefusedFile> = {},
): Extract<PluginRejection, { kind: 'wrong-owner' }> {
  return { kind: 'wrong-owner', ...refused(path, { uid: otherUid, user: 'other', ...change }) };
}
