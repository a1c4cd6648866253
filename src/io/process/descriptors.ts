import { closeSync, readdirSync, readFileSync } from 'node:fs';

const closeOnExec = 0o2000000;

/**
 * Closes what this process inherited beyond stdin, stdout and stderr, so that no plugin inherits it in turn: Node marks its own
 * descriptors as close-on-exec, and of inherited ones only the first few. To be called once, at the start. Linux only; never throws.
 */
export function closeInheritedDescriptors(): void {
  for (const fd of listDescriptors()) {
    try {
      const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
      if (fd > 2 && flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0) closeSync(fd);
    } catch {
      // closed meanwhile: it was the one that listed them
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
