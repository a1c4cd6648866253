import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The user who attacks. The tests run as root, because they act as two users. */
const attackerUid = 65_534;

/** A plugin directory, and what another user swaps with a part of the way to it. */
export type Attack = {
  readonly scripts: string;
  /** The folder that this user can write while `open` holds. */
  readonly folder: string;
  readonly one: string;
  readonly other: string;
  /** What `check` says while the folder is open. */
  readonly named: RegExp;
};

const file = 'x.sh';

type Prepare = (base: string, files?: readonly string[]) => Attack;

/**
 * Each makes in `base`, which belongs to root, a plugin directory with good scripts, `x.sh` if no
 * other names are given, and beside it foreign ones of the same names that write a line into
 * `base/foreign`.
 */
export const attacks: Readonly<Record<string, Prepare>> = {
  'the script directory is swapped': (base, files = [file]) => {
    const folder = makeFolder(join(base, 'folder'));
    const scripts = goodScript(join(folder, 'scripts'), base, files);
    const other = foreignScript(join(folder, 'foreign'), base, files);
    return { scripts, folder, one: scripts, other, named: /the way to .* is not safe: .*folder' has mode 0777/ };
  },
  'a folder three levels above is swapped': (base, files = [file]) => {
    const folder = makeFolder(join(base, 'folder'));
    const one = makeFolder(join(folder, 'a'));
    makeFolder(join(one, 'b'));
    const scripts = goodScript(join(one, 'b/scripts'), base, files);
    const other = makeFolder(join(folder, 'foreign'), attackerUid);
    makeFolder(join(other, 'b'), attackerUid);
    foreignScript(join(other, 'b/scripts'), base, files);
    return { scripts, folder, one, other, named: /the way to .* is not safe: .*folder' has mode 0777/ };
  },
  "the folder of a link's target is swapped": (base, files = [file]) => {
    const scripts = makeFolder(join(base, 'scripts'), 0, 0o700);
    const folder = makeFolder(join(base, 'folder'));
    const one = goodScript(join(folder, 'library'), base, files);
    for (const name of files) symlinkSync(join(one, name), join(scripts, name));
    const other = foreignScript(join(folder, 'foreign'), base, files);
    return { scripts, folder, one, other, named: /x\.sh is a symbolic link to .* not safe: .*folder' has mode 0777/ };
  },
  'a script is swapped': (base, files = [file]) => {
    const scripts = goodScript(join(base, 'scripts'), base, files);
    const one = join(scripts, file);
    const other = join(foreignScript(join(scripts, '.foreign'), base, files), file);
    return { scripts, folder: scripts, one, other, named: /scripts has mode 0777/ };
  },
  'another name of a script is swapped': (base, files = [file]) => {
    const scripts = goodScript(join(base, 'scripts'), base, files);
    const folder = makeFolder(join(base, 'folder'));
    const one = join(folder, file);
    linkSync(join(scripts, file), one);
    const other = join(foreignScript(join(folder, 'foreign'), base, files), file);
    return { scripts, folder, one, other, named: /x\.sh has 2 names \(hard links\)/ };
  },
};

/** How often the foreign script ran. */
export function foreignRuns(base: string): number {
  return existsSync(join(base, 'foreign')) ? readFileSync(join(base, 'foreign'), 'latin1').split('\n').length - 1 : 0;
}

/** Lets everyone write the folder, or ends that. */
export function setOpen({ folder, scripts }: Attack, isOpen: boolean): void {
  chmodSync(folder, isOpen ? 0o777 : folder === scripts ? 0o700 : 0o755);
}

/** Another user who swaps two entries until it is ended. */
export type Attacker = {
  readonly process: ChildProcess;
  /** Gives the swaps so far, to the hundred. */
  swaps(): number;
  /** Ends it, with everything where it was. The folder must be open. */
  end(): Promise<void>;
};

/** Starts the attacker. Its swaps fail until the folder is open. */
export function startAttacker({ one, other }: Attack): Attacker {
  const program = fileURLToPath(new URL('attacker.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, String(attackerUid), one, other], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let swaps = 0;
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    swaps = Number(text.trim().split('\n').at(-1));
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    process: child,
    swaps: () => swaps,
    end() {
      child.stdin.end();
      return ended;
    },
  };
}

function makeFolder(path: string, uid = 0, mode = 0o755): string {
  mkdirSync(path);
  chmodSync(path, mode);
  chownSync(path, uid, uid);
  return path;
}

function goodScript(folder: string, base: string, files: readonly string[]): string {
  makeFolder(folder, 0, 0o700);
  writeFileSync(join(base, 'foreign'), '', { flag: 'a' });
  chmodSync(join(base, 'foreign'), 0o666);
  for (const name of files) writeFileSync(join(folder, name), '#!/bin/sh\necho "good 1"\n', { mode: 0o700 });
  return folder;
}

function foreignScript(folder: string, base: string, files: readonly string[]): string {
  makeFolder(folder, attackerUid);
  for (const name of files) {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\necho >>'${join(base, 'foreign')}'\n`, { mode: 0o755 });
    chownSync(path, attackerUid, attackerUid);
  }
  return folder;
}
