/** The time of day in this machine's time zone, `14:03:07`. `atMs` is in ms since the epoch. */
export function clockTime(atMs: number): string {
  const at = new Date(atMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(':');
}

/**
 * The time of day, with the date before it if that is not the date of `nowMs`: `2026-11-24
 * 14:03:07`. Both in ms since the epoch.
 */
export function clockTimeOrDate(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  if (at.toDateString() === new Date(nowMs).toDateString()) return clockTime(atMs);
  return `${at.getFullYear()}-${twoDigits(at.getMonth() + 1)}-${twoDigits(at.getDate())} ${clockTime(atMs)}`;
}

function twoDigits(part: number): string {
  return String(part).padStart(2, '0');
}
