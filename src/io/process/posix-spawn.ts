import { constants } from 'node:os';
import type { EnvironmentBlock, Libc } from '../libc.ts';
import { signalName } from './identity.ts';
import type { Exit } from './launcher.ts';
import { isForShell, notStartedExit, type StartProcess } from './start-process.ts';

const { ENOEXEC } = constants.errno;
const lookEveryMs = 1000; // should a signal not come
const exitedWell: Exit = { kind: 'exited', status: 0 };

/**
 * Starts processes by `posix_spawn`, which copies nothing of this one: Node's own way is a `fork`, which costs up to a millisecond of a stopped event loop. To
 * be called once in a process. What has ended is collected when the system says so.
 */
export function startByPosixSpawn(libc: Libc): StartProcess {
  const onEnds: Record<number, (exit: Exit) => void> = {}; // by process id; no `Map`, which would leave garbage that lives long
  let running = 0;
  const environments = new WeakMap<object, EnvironmentBlock>();
  let isListening = false;
  let isDue = false;
  let looking: NodeJS.Timeout | undefined; // while there are any: a listener to a signal does not keep this process

  function environmentOf(env: Readonly<Record<string, string>>): EnvironmentBlock {
    const known = environments.get(env);
    if (known) return known;
    const made = libc.environment(env);
    environments.set(env, made);
    return made;
  }

  /** Within the handler of a signal, the next one would come before anything else does: scripts that end one after the other would hold up all timers. */
  function onChildSignal() {
    if (!isDue) setImmediate(collectEnded);
    isDue = true;
  }

  /** The same signal stands for all that have ended, and for Node's own children, which Node collects. */
  function collectEnded() {
    isDue = false;
    for (let pid = libc.ended(); pid !== 0; pid = libc.ended()) {
      if (onEnds[pid]) collect(pid);
      else return Object.keys(onEnds).map(Number).forEach(collect); // it hides those behind it
    }
  }

  function collect(pid: number) {
    const status = libc.collect(pid);
    if (status === null) return;
    const onEnd = onEnds[pid];
    delete onEnds[pid];
    running -= 1;
    if (running === 0) clearInterval(looking);
    onEnd?.(status < 0 ? { kind: 'unknown' } : exitOf(status));
  }

  return (call, onEnd) => {
    if (!isListening) process.on('SIGCHLD', onChildSignal);
    isListening = true;
    const { path, args } = call;
    const env = environmentOf(call.env);
    let pid = libc.spawn(path, [path, ...args], env, call);
    if (pid === -ENOEXEC && isForShell(path)) pid = libc.spawn('/bin/sh', ['/bin/sh', path, ...args], env, call);
    if (pid > 0) {
      if (running === 0) looking = setInterval(collectEnded, lookEveryMs);
      onEnds[pid] = onEnd;
      running += 1;
      return pid;
    }
    setImmediate(() => onEnd(notStartedExit(call, -pid))); // not at once: where none can be started, a whole tick would be one turn of the event loop
    return null;
  };
}

/** What a status says that `wait` gave. */
function exitOf(status: number): Exit {
  if (status === 0) return exitedWell;
  const signal = status & 0x7f;
  return signal === 0
    ? { kind: 'exited', status: (status >> 8) & 0xff }
    : { kind: 'signaled', signal: signalName(signal), status: 128 + signal };
}
