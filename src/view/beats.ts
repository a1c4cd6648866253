import type { RunFinishedEvent, RunSkippedEvent } from '../model/event.ts';
import type { Beat } from '../model/run-status.ts';

/** What became of the last 60 ticks at which one plugin was due. */
export type Beats = {
  add(beat: Beat): void;
  /** The letters, oldest first. */
  text(): string;
};

const keptBeats = 60;

/** Creates an empty list. A letter is kept as a byte, so that adding one makes no garbage. */
export function createBeats(): Beats {
  let bytes = new Uint8Array(0); // allocated at the first tick
  let added = 0;
  let text: string | null = ''; // null: to be made again
  return {
    add(beat) {
      if (added === 0) bytes = new Uint8Array(keptBeats);
      bytes[added % keptBeats] = beat.charCodeAt(0);
      added += 1;
      text = null;
    },
    text() {
      const first = added > keptBeats ? added % keptBeats : 0;
      text ??= String.fromCharCode(...bytes.subarray(first, Math.min(added, keptBeats)), ...bytes.subarray(0, first));
      return text;
    },
  };
}

/** The beat of a run that ended. `isOutputLost`: its output was lost. */
export function beatOfRun(
  event: Pick<RunFinishedEvent, 'failure' | 'samples' | 'badLines' | 'droppedBytes' | 'takenByHost' | 'leftOut'>,
  isOutputLost: boolean,
): Beat {
  if (event.failure !== null || isOutputLost || event.samples === 0) return 'f';
  const isInPart = event.badLines > 0 || event.droppedBytes > 0;
  return isInPart || event.takenByHost !== null || event.leftOut !== null ? 'p' : 'o';
}

/** The beat of a tick that was skipped. `isHung`: its run hangs. */
export function beatOfSkip(
  { reason, isPassedOver }: Pick<RunSkippedEvent, 'reason' | 'isPassedOver'>,
  isHung: boolean,
): Beat {
  if (reason === 'left-behind') return 'f'; // it is not run at all
  if (reason === 'waiting') return 's';
  if (isHung) return 'h';
  return isPassedOver ? 's' : 'l';
}
