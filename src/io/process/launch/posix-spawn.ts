import { constants } from 'node:os';
import { type RunUsage, unknownUsage } from '../../../model/run.ts';
import type { EnvironmentBlock, Libc } from '../../libc.ts';
import { signalName } from '../identity.ts';
import { createUsageOf } from './child-usage.ts';
import type { Exit } from './launcher.ts';
import { isForShell, notStartedExit, type StartProcess } from './start-process.ts';

const { ENOEXEC } = constants.errno;
const collectEveryMs = 1000; // for a signal that does not come
const exitedWell: Exit = { kind: 'exited', status: 0 };

/**
 * Starts processes by `posix_spawn`, which copies nothing of this process. Node's own way is a
 * `fork`, which stops the event loop for up to a millisecond. Collects ended processes when a
 * SIGCHLD comes. To be called once in a process: only one SIGCHLD handler may exist.
 *
 * With `isInit`, this process is the first of its container: processes whose parents have ended
 * become its children, and it collects those, too.
 */
export function startByPosixSpawn(libc: Libc, isInit: boolean): StartProcess {
  const onEnds = new Map<number, (exit: Exit, usage: RunUsage) => void>(); // of the running children, by process id
  const usageOf = createUsageOf(() => process.resourceUsage().maxRSS * 1024);
  const environments = new WeakMap<object, EnvironmentBlock>();
  let isListening = false;
  let isDue = false; // a look for ended processes is under way
  let orphan = 0; // an ended child, not known here, that the last look found; 0: it found none
  // Keeps the event loop alive while children run (a signal listener does not).
  let interval: NodeJS.Timeout | undefined;

  function environmentOf(env: Readonly<Record<string, string>>): EnvironmentBlock {
    const known = environments.get(env);
    if (known) return known;
    const made = libc.environment(env);
    environments.set(env, made);
    return made;
  }

  /**
   * Collects in the next turn: within the handler of a signal, the next signal would be handled
   * before anything else, so that scripts that end one after the other would hold up all timers.
   */
  function onChildSignal() {
    if (!isDue) setImmediate(collectEnded);
    isDue = true;
  }

  /**
   * One signal stands for all children that have ended, also for Node's own, which Node collects.
   */
  function collectEnded() {
    isDue = false;
    const former = orphan;
    orphan = 0;
    for (let pid = libc.ended(); pid !== 0; pid = libc.ended()) {
      // Node collects a child of its own before the next turn.
      if (onEnds.has(pid) || (pid > 0 && pid === former)) collect(pid);
      else return collectKnown(pid);
    }
  }

  /** Collects each known child by its id: a child that is not known hides those behind it. */
  function collectKnown(unknown: number) {
    for (const pid of [...onEnds.keys()]) collect(pid);
    if (!isInit || unknown < 0) return;
    orphan = unknown;
    onChildSignal(); // collects it in the next turn, if it is still there
  }

  function collect(pid: number) {
    const status = libc.collect(pid);
    if (status === null) return;
    const onEnd = onEnds.get(pid);
    onEnds.delete(pid);
    if (onEnds.size === 0) clearInterval(interval);
    onEnd?.(status < 0 ? { kind: 'unknown' } : exitOf(status), status < 0 ? unknownUsage : usageOf(libc.usage()));
  }

  function listen() {
    if (!isListening) process.on('SIGCHLD', onChildSignal);
    isListening = true;
  }

  if (isInit) listen();
  return (call, onEnd) => {
    listen();
    const { path, args } = call;
    const env = environmentOf(call.env);
    let pid = libc.spawn(path, [path, ...args], env, call);
    if (pid === -ENOEXEC && isForShell(path)) pid = libc.spawn('/bin/sh', ['/bin/sh', path, ...args], env, call);
    if (pid > 0) {
      if (onEnds.size === 0) interval = setInterval(onChildSignal, collectEveryMs);
      onEnds.set(pid, onEnd);
      return pid;
    }
    // Not at once: if no process can be started, a whole tick would be one turn of the event loop.
    setImmediate(() => onEnd(notStartedExit(call, -pid), unknownUsage));
    return null;
  };
}

/** Reads a status as `wait` gives it. */
function exitOf(status: number): Exit {
  if (status === 0) return exitedWell;
  const signal = status & 0x7f;
  return signal === 0
    ? { kind: 'exited', status: (status >> 8) & 0xff }
    : { kind: 'signaled', signal: signalName(signal), status: 128 + signal };
}
