/**
 * What a plugin says of itself, with the state of a check before it, unless that is OK:
 * `WARNING: load average 5.2`. Nothing, if there is neither.
 */
export function messageText(
  run: { readonly message?: string | null; readonly checkState?: string | null } | null,
): readonly string[] {
  const message = run?.message ?? '';
  const state = run?.checkState ?? 'OK';
  if (state === 'OK') return message === '' ? [] : [message];
  return [message === '' ? state : `${state}: ${message}`];
}
