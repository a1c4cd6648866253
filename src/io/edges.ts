import type { Patience } from '../model/sink.ts';
import { type Clock, systemClock } from './clock.ts';
import { type ConfigFiles, type Machine, readMachine, systemConfigFiles } from './disk/config-files.ts';
import { type Files, systemFiles } from './disk/files.ts';
import { type HostFiles, hostFiles, type OtherSystem, otherSystem } from './disk/host-files.ts';
import { keptToken, readPageFile } from './disk/page-files.ts';
import { type PidFiles, pidFiles } from './disk/pid-file.ts';
import { type WatchDirectory, watchDirectory } from './disk/watch.ts';
import { type Dial, dial } from './net/dial.ts';
import { type HttpPost, httpPost } from './net/http-post.ts';
import { type Serve, serveSocketFile } from './net/http-server.ts';
import { type Listen, listen } from './net/listen.ts';
import { type AskSocket, askSocket, type Converse, converse } from './net/socket-client.ts';
import { signalAgent } from './process/agent-signal.ts';
import { type Detach, detach } from './process/detach.ts';
import { keepHeapSmall } from './process/heap.ts';
import { type Processes, processes } from './process/identity.ts';
import { type Privileges, privileges } from './process/privileges.ts';
import { readRunEnvironment } from './process/run-environment.ts';
import { readUsage, type Usage } from './process/usage.ts';
import { readVersion } from './version.ts';

/** The machine, as far as the agent touches it. Handed down from `main.ts`; nothing else reaches out by itself. */
export type Edges = {
  readonly clock: Clock;
  readonly files: Files;
  readonly configFiles: ConfigFiles;
  readonly machine: Machine;
  readonly processes: Processes;
  readonly pidFiles: PidFiles;
  readonly signalAgent: typeof signalAgent;
  readonly detach: Detach;
  readonly privileges: Privileges;
  readonly watchDirectory: WatchDirectory;
  readonly dial: Dial;
  readonly httpPost: HttpPost;
  readonly listen: Listen;
  readonly serve: Serve;
  readonly ask: AskSocket;
  readonly converse: Converse;
  readonly hostFiles: HostFiles;
  readonly otherSystem: OtherSystem;
  readonly random: () => number;
  readonly patience: Patience;
  /** Collects garbage where there is enough of it; for moments with nothing else to do. */
  readonly tidyHeap: () => void;
  readonly usage: () => Usage;
  /** What this process finds around it, with an environment and a working directory. */
  readonly surroundings: typeof readRunEnvironment;
  /** A file of the page by its path, and a random word that is kept in a file. */
  readonly pageFile: typeof readPageFile;
  readonly keptToken: typeof keptToken;
  /** Node's words: `linux`, `darwin`, `win32`; `x64`, `arm64`. */
  readonly platform: string;
  readonly arch: string;
  readonly nodeVersion: string;
  readonly version: string;
  readonly pid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
};

/** The real machine. Reads its facts once. */
export function systemEdges(): Edges {
  return {
    clock: systemClock,
    files: systemFiles,
    configFiles: systemConfigFiles,
    machine: readMachine(),
    processes,
    pidFiles,
    signalAgent,
    detach,
    privileges,
    watchDirectory,
    dial,
    httpPost,
    listen,
    serve: serveSocketFile,
    ask: askSocket,
    converse,
    hostFiles: hostFiles('/proc'),
    otherSystem,
    random: Math.random,
    patience: { backoffMinMs: 1000, backoffMaxMs: 30_000, refusedRetryMs: 30_000, silenceMs: 10_000 },
    tidyHeap: keepHeapSmall(),
    usage: readUsage,
    surroundings: readRunEnvironment,
    pageFile: readPageFile,
    keptToken,
    platform: process.platform,
    arch: process.arch,
    nodeVersion: process.versions.node,
    version: readVersion(),
    pid: process.pid,
    env: process.env,
  };
}
