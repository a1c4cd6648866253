import { dirname } from 'node:path';
import type { Invocation } from './launcher.ts';
import { quoted } from './shell-words.ts';

/** The two FIFOs of a lane. */
export type LanePaths = { readonly outPath: string; readonly errPath: string };

const isLinux = process.platform === 'linux';

// Where there is no /proc, a second shell tells its process id and becomes the script.
const reportPid = isLinux ? 'echo +P /proc/self/task/*;exec' : `exec /bin/sh -c 'echo "+P /$$" >&3;exec "$0" "$@" 3>&-'`;
const redirectChannel = isLinux ? '' : '3>&2 ';

/** What a new lane's shell is told first: it makes the FIFOs and says `+R`, or ends. */
export function setUpCommand({ outPath, errPath }: LanePaths): string {
  const folder = quoted(dirname(outPath)); // somebody else may have made it where all may write, after a cleaner took ours away
  const makeFifos = `mkdir -p -m 700 ${folder} && [ -O ${folder} ] && [ ! -L ${folder} ] && mkfifo -m 600 ${quoted(outPath)} ${quoted(errPath)}`;
  // stdout on the channel once and for all: no later `echo` needs a spare descriptor for it
  return `exec 1>&2\n(PATH=/usr/bin:/bin:$PATH;${makeFifos}) && echo +R || exit 1\n`;
}

/**
 * Gives what a lane's shell is told to run a script and to say how it ended. A silent one, which has no `env` of its own, is a simple
 * command: shells use `vfork` for it. A subshell, which can say who it is before it becomes the script, takes a `fork`: a tenth to a
 * quarter of a millisecond more.
 */
export function runCommands({ outPath, errPath }: LanePaths): (invocation: Invocation, isSilent: boolean) => string {
  const redirections = `1<>${quoted(outPath)} 2<>${quoted(errPath)}`;
  return ({ path, args, stdinPath, env }, isSilent) => {
    const words = `${[path, ...args].map(quoted).join(' ')} <${quoted(stdinPath ?? '/dev/null')}`;
    if (isSilent) return `${words} ${redirections};echo +E $?\n`;
    const exports = Object.entries(env).map(([name, value]) => ` ${name}=${quoted(value)}`);
    const exported = exports.length > 0 ? `export${exports.join('')};` : '';
    return `(${exported}${reportPid} ${words} ${redirectChannel}${redirections});echo +E $?\n`;
  };
}
