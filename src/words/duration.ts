/**
 * A span of time for a person, in its two largest units: `0s`, `12s`, `3m 12s`, `2h 5m`, `3d 4h`.
 * A negative one is `0s`.
 */
export function shortDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0s';
  return parts
    .slice(first, first + 2)
    .flatMap(([count, unit]) => (count > 0 ? [`${count}${unit}`] : []))
    .join(' ');
}

/** A duration of a run: in ms below 10 s, otherwise in its two largest units. */
export function runDuration(durationMs: number): string {
  return durationMs < 10_000 ? `${Math.round(durationMs)} ms` : shortDuration(durationMs / 1000);
}

/** A duration as it is said: `480 ms`, `5.2 s`, `48 s`, `2m 5s`. */
export function roughDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 9950) return `${Math.round(durationMs / 100) / 10} s`;
  return durationMs < 59_500 ? `${Math.round(durationMs / 1000)} s` : shortDuration(durationMs / 1000);
}

/** Two durations as they are said: `5 to 7 s`, `480 ms to 1.2 s`; one if both are said alike. */
export function durationRange(shortestMs: number, longestMs: number): string {
  const [shortest, longest] = [roughDuration(shortestMs), roughDuration(longestMs)];
  if (shortest === longest) return longest;
  const unit = / m?s$/.exec(longest)?.[0] ?? ' ';
  const isSameUnit = shortest.replace(/^[\d.]+/, '') === unit;
  return `${isSameUnit ? shortest.slice(0, -unit.length) : shortest} to ${longest}`;
}
