import type { Patience } from '../model/sink.ts';
import { type Clock, systemClock } from './clock.ts';
import { type ConfigFiles, type Machine, readHostname, readMachine, systemConfigFiles } from './disk/config-files.ts';
import { contentHash } from './disk/file-hash.ts';
import { type Files, systemFiles } from './disk/files.ts';
import { type HostFiles, hostFiles, type OtherSystem, otherSystem } from './disk/host-files.ts';
import { keptToken, readPageFile } from './disk/page-files.ts';
import { type PidFiles, pidFiles } from './disk/pid-file.ts';
import { type WatchDirectory, watchDirectory } from './disk/watch.ts';
import { isLibcMissing } from './libc.ts';
import { type Dial, dial } from './net/dial.ts';
import { type HttpPost, httpPost } from './net/http-post.ts';
import { type Serve, serveHttp } from './net/http-server.ts';
import { type Listen, listen } from './net/listen.ts';
import { type AskSocket, askSocket, type Converse, converse } from './net/socket-client.ts';
import { signalAgent } from './process/agent-signal.ts';
import { type Detach, detach } from './process/detach.ts';
import { keepMemorySmall } from './process/heap.ts';
import { type HeldNames, heldNames } from './process/held-names.ts';
import { type Processes, processes } from './process/identity.ts';
import { type Privileges, privileges } from './process/privileges.ts';
import { programStart, programWords } from './process/program-words.ts';
import { readRunEnvironment } from './process/run-environment.ts';
import { readUsage, type Usage } from './process/usage.ts';
import { readVersion } from './version.ts';

/**
 * The parts of the machine that a test replaces: time, network, configuration files, other
 * processes, and facts of this process.
 *
 * - Made once a process, by `systemEdges` in `main.ts` and `demo.ts`. Tests make it with parts of
 *   their own. `cli` makes a copy with other facts when the process becomes another user.
 * - Handed down by `cli` and `agent`, the only folders that know the whole type. A stage gets the
 *   parts it needs as arguments, and never the whole.
 * - Not all of `io` is here. What tests use for real, in a temporary folder, is imported where it
 *   is used: database, lock, output files, log file, launchers, FIFOs, terminal.
 * - Must not be here: configuration, decisions, state that changes while the agent runs, and
 *   anything that opens a file, a socket or a process when the object is made.
 */
export type Edges = {
  readonly clock: Clock;
  /** Returns a number from 0 up to 1, for delays that differ between hosts. */
  readonly random: () => number;
  /** How long a sink waits before it tries again or gives up. Tests wait less. */
  readonly patience: Patience;

  readonly files: Files;
  /** Reads what a file holds, in short. */
  readonly contentHash: typeof contentHash;
  readonly configFiles: ConfigFiles;
  readonly pidFiles: PidFiles;
  /** Reads a file of the page by its path. */
  readonly pageFile: typeof readPageFile;
  /** Reads the random token in a file, which is made if it is missing. */
  readonly keptToken: typeof keptToken;
  readonly watchDirectory: WatchDirectory;
  /** The host's figures on Linux. */
  readonly hostFiles: HostFiles;
  /** The host's figures on other systems. */
  readonly otherSystem: OtherSystem;

  readonly dial: Dial;
  readonly httpPost: HttpPost;
  readonly listen: Listen;
  readonly serve: Serve;
  /** Sends a GET to a running agent, over its socket. */
  readonly ask: AskSocket;
  /** Sends a POST to a running agent, over its socket, and reads the answer line by line. */
  readonly converse: Converse;

  /** Names that only one process of this host holds. */
  readonly heldNames: HeldNames;
  readonly processes: Processes;
  readonly signalAgent: typeof signalAgent;
  readonly detach: Detach;
  readonly privileges: Privileges;
  /**
   * Gives memory back that is not needed. For moments with nothing else to do. `runsSoFar`: how
   * many runs have ended since the agent started.
   */
  readonly tidyMemory: (runsSoFar: number) => void;
  /** Reads memory and CPU time of this process. */
  readonly usage: () => Usage;
  /** Reads what a script finds around it, with a given environment and working directory. */
  readonly runEnvironment: typeof readRunEnvironment;

  readonly machine: Machine;
  /** Reads the system's host name, which may have changed since `machine` was read. */
  readonly hostname: () => string;
  /** As Node names them: `linux`, `darwin`, `win32`; `x64`, `arm64`. */
  readonly platform: string;
  readonly arch: string;
  readonly nodeVersion: string;
  /** Whether this is a Linux host whose C library can't be called. */
  readonly isLibcMissing: () => boolean;
  /** The words that start this program from any folder. */
  readonly program: readonly string[];
  /** The agent's own version. */
  readonly version: string;
  readonly pid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** Makes the edges of the real machine. Reads its facts once. */
export function systemEdges(): Edges {
  return {
    clock: systemClock,
    random: Math.random,
    patience: { backoffMinMs: 1000, backoffMaxMs: 30_000, refusedRetryMs: 30_000, silenceMs: 10_000 },
    files: systemFiles,
    contentHash,
    configFiles: systemConfigFiles,
    pidFiles,
    pageFile: readPageFile,
    keptToken,
    watchDirectory,
    hostFiles: hostFiles('/proc'),
    otherSystem,
    dial,
    httpPost,
    listen,
    serve: serveHttp,
    ask: askSocket,
    converse,
    heldNames,
    processes,
    signalAgent,
    detach,
    privileges,
    tidyMemory: keepMemorySmall(),
    usage: readUsage,
    runEnvironment: readRunEnvironment,
    machine: readMachine(),
    hostname: readHostname,
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
    isLibcMissing,
    program: programWords(programStart(process.argv[1] ?? '')),
    version: readVersion(),
    pid: process.pid,
    env: process.env,
  };
}
