import { libc } from '../libc.ts';

/**
 * Keeps other processes of this user, such as plugins, from looking into this one: they could read
 * the key, or take a byte out of a pipe of the event loop, which would then wait for ever. Linux
 * only, and only where the C library can be called. For root, `/proc` stays open.
 *
 * Node starts its debugger at a SIGUSR1, which every process of this user can send. With a
 * listener, it does not.
 */
export function forbidInspection(): void {
  if (process.platform === 'win32') return;
  process.on('SIGUSR1', () => {});
  libc()?.forbidInspection();
}
