import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What this process holds of the kernel's: open descriptors, inotify watches, children. */
export type Holdings = { readonly descriptors: number; readonly watches: number; readonly children: number };

/** Counts them (Linux). The descriptor that the count itself needs is not among them. */
export function holdings(): Holdings {
  const targets = readdirSync('/proc/self/fd').flatMap((fd) => attempt(() => [readlinkSync(`/proc/self/fd/${fd}`)]));
  const watches = readdirSync('/proc/self/fdinfo').flatMap((fd) =>
    attempt(() => inotifyLines(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))),
  );
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    attempt(() => words(readFileSync(`/proc/self/task/${task}/children`, 'utf8'))),
  );
  return { descriptors: targets.length, watches: watches.length, children: children.length };
}

/** The paths' worth of a listing may be gone by the time each is looked at. */
function attempt(look: () => readonly string[]): readonly string[] {
  try {
    return look();
  } catch {
    return [];
  }
}

function inotifyLines(info: string): readonly string[] {
  return info.split('\n').filter((line) => line.startsWith('inotify '));
}

function words(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}
