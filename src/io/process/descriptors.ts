import { closeSync, readdirSync, readFileSync } from 'node:fs';

const closeOnExec = 0o2000000;

/**
 * Closes the descriptors that this process inherited, except stdin, stdout and stderr, so that no
 * plugin inherits them in turn. Node marks its own descriptors as close-on-exec, but only the
 * first few of inherited ones. To be called once, at the start. Linux only. Never throws.
 */
export function closeInheritedDescriptors(): void {
  for (const fd of listDescriptors()) {
    try {
      const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
      if (fd > 2 && flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0) closeSync(fd);
    } catch {
      // closed meanwhile: it is the descriptor that listed them
    }
  }
}

function listDescriptors(): readonly number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch {
    return [];
  }
}
