import type { Clock } from '../io/clock.ts';
import { isDamage } from '../io/disk/database.ts';
import { messageOf } from '../io/errors.ts';
import type { Emit } from '../model/event.ts';

/** What is wrong with the database's file, and when it can be gone on with. */
export type StoreTrouble = {
  /** Something was said of the file that is no damage, or of damage that is yet to be mended; and no commit has succeeded since. */
  isThere(): boolean;
  /** The file is damaged: it is to be set aside. */
  isDamaged(): boolean;
  /** Takes what SQLite said of a commit. */
  failed(error: unknown): void;
  /** Takes what SQLite said of reading what waits. */
  readFailed(error: unknown): void;
  /** Takes it that the file is damaged, though no commit has failed; unless another was set aside a moment ago. */
  damaged(detail: string): void;
  /** Sets a damaged file aside. Gives whether there is a whole one to go on with. */
  mend(): boolean;
  /** A commit succeeded: gives whether that ends the trouble, which is told. */
  endsNow(): boolean;
};

const mostReadTries = 60; // a second each
const leastBetweenMs = 60_000; // two files that are set aside

/** All is well. `startAfresh` sets the file aside and may throw; `canRead` says whether what waits can be read. */
export function createStoreTrouble(
  clock: Clock,
  emit: Emit,
  { startAfresh, canRead }: { readonly startAfresh: (detail: string) => void; readonly canRead: () => boolean },
): StoreTrouble {
  let hasFailed = false;
  let damage: string | null = null; // what SQLite said of a file that is yet to be set aside
  let unread: { readonly detail: string; tries: number } | null = null; // what could not be read
  let setAsideMs = Number.NEGATIVE_INFINITY;

  function tell(error: unknown) {
    if (!hasFailed) emit({ event: 'store.failed', detail: messageOf(error) });
    hasFailed = true;
  }

  const isBraked = () => clock.monotonicMs() - setAsideMs < leastBetweenMs; // where a new file is damaged at once, another will not be better

  function failed(error: unknown) {
    if (isDamage(error) && !isBraked()) damage = messageOf(error);
    else tell(error);
  }

  /** Whether what waits can be read. Where it can't for a minute, the file is as good as damaged. */
  function isRead(): boolean {
    if (unread === null || canRead()) {
      unread = null;
      return true;
    }
    unread.tries += 1;
    if (unread.tries === mostReadTries) damage = unread.detail;
    return false;
  }

  return {
    isThere: () => hasFailed,
    isDamaged: () => damage !== null,
    failed,
    readFailed(error) {
      unread ??= { detail: messageOf(error), tries: 0 };
      failed(error);
    },
    damaged(detail) {
      if (!isBraked()) damage = detail;
    },
    mend() {
      if (damage === null) return true;
      try {
        startAfresh(damage);
        damage = null;
        unread = null;
        setAsideMs = clock.monotonicMs();
        return true;
      } catch (error) {
        tell(error);
        return false;
      }
    },
    endsNow() {
      if (!hasFailed || !isRead()) return false;
      hasFailed = false;
      emit({ event: 'store.recovered' });
      return true;
    },
  };
}
