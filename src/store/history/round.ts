import type { Core } from './core.ts';
import { beginFold, type Fold } from './fold.ts';
import { beginTidy, type Tidy } from './tidy.ts';

/** What is to be done once in five minutes, step by step: blocks of the spool are taken up, then the history is brought within its bounds. */
export type HistoryRound = {
  /** The blocks up to this one are to be taken up. */
  due(to: number): void;
  /** Does a little. Gives whether there is more to do. Throws what SQLite says; then `giveUp` must follow. */
  step(isKept: boolean): boolean;
  /** Whether the last step took blocks up for good. */
  hasTakenUp(): boolean;
  /** Lets go of what is under way; it is begun anew when something is due again. */
  giveUp(): void;
};

/** Nothing is due. */
export function createHistoryRound(core: Core): HistoryRound {
  let dueTo = 0;
  let fold: { readonly work: Fold; readonly place: number } | null = null;
  let tidy: Tidy | null = null;
  let hasTakenUp = false;

  function takeUp(place: number): boolean {
    if (fold?.place !== place) fold = { work: beginFold(core, dueTo), place };
    if (!fold.work.step()) {
      fold = null;
      hasTakenUp = true;
    }
    return true;
  }

  return {
    due(to) {
      dueTo = to;
    },
    step(isKept) {
      hasTakenUp = false;
      const place = core.follower.place();
      if (isKept && place !== null && place < dueTo) return takeUp(place);
      fold = null;
      tidy ??= beginTidy(core);
      const hasMore = tidy.step();
      if (!hasMore) tidy = null;
      return hasMore;
    },
    hasTakenUp: () => hasTakenUp,
    giveUp() {
      fold = null;
      tidy = null;
    },
  };
}
