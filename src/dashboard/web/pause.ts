import { clockTime } from '../../words/clock-time.ts';
import { byId, element, setText } from './elements.ts';

/** The button that keeps the page as it is. */
export type PauseButton = {
  isPaused(): boolean;
  /** Presses the button. */
  toggle(): void;
};

/** Makes the button in the page's head, not pressed. Calls `onResume` when the pause ends. */
export function createPauseButton(onResume: () => void): PauseButton {
  let isPaused = false;
  const since = element('span', { role: 'status' });
  const button = element('button', { type: 'button' }, 'Pause');
  button.addEventListener('click', toggle);
  byId('connection').after(element('p', { id: 'pause' }, since, button));

  function toggle(): void {
    isPaused = !isPaused;
    setText(since, isPaused ? `paused since ${clockTime(Date.now())}` : '');
    setText(button, isPaused ? 'Continue' : 'Pause');
    if (!isPaused) onResume();
  }

  return { isPaused: () => isPaused, toggle };
}
