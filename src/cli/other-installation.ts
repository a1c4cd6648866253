import { isSignOf } from '../agent/inspect.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import { userText } from '../words/user-text.ts';

/** A user whose agent these directories are for. `name` null: this id has no name. */
export type OtherInstallation = { readonly name: string | null; readonly sentence: string };

/**
 * Whose directories these are, where root checks them without `-u`: another user owns them, whose
 * agent could not use what is right for root. A directory that any user can have put there is no
 * sign of that: the check for root then says what is wrong with it. Null: they are root's. Never
 * throws.
 */
export function otherInstallation(
  { scripts, stateDir }: Config,
  edges: Pick<Edges, 'machine' | 'files' | 'platform'>,
): OtherInstallation | null {
  const { machine, files } = edges;
  if (machine.uid !== 0) return null;
  const looked = [
    ...(scripts.enabled ? [{ what: 'script directory', path: scripts.location }] : []),
    { what: 'state directory', path: stateDir },
  ];
  for (const { what, path } of looked) {
    const facts = files.facts(path);
    if (facts.kind !== 'directory' || facts.uid === 0) continue;
    if (!isSignOf(facts.uid, path, edges)) continue;
    const name = files.userName(facts.uid);
    return { name, sentence: `the ${what} ${path} belongs to ${userText(facts.uid, name)}` };
  }
  return null;
}
