import { dirname } from 'node:path';
import { type Daemon, startDaemon } from '../agent/daemon.ts';
import type { Flags } from '../config/resolve.ts';
import { type ConfigWatcher, startConfigWatcher } from '../config/watched.ts';
import { type LogDestination, openLogFile } from '../io/disk/log-file.ts';
import type { Edges } from '../io/edges.ts';
import { closeInheritedDescriptors } from '../io/process/descriptors.ts';
import type { Account } from '../io/process/privileges.ts';
import type { Terminal } from '../io/terminal.ts';
import { createDeferredLog } from '../log/deferred-log.ts';
import { createLogger, type Logger } from '../log/logger.ts';
import type { Config } from '../model/config.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { CommandOutput } from './command-output.ts';
import { become, type Configured, daemonLog, readConfigured } from './configured.ts';
import { claimPidFile, type PidClaim } from './pidfile.ts';

/** Where the agent runs, and who hears of it. */
export type ForegroundOptions = {
  readonly edges: Edges;
  readonly terminal: Pick<Terminal, 'write' | 'stdoutLog' | 'isTerminal' | 'onStopSignal' | 'onHangup'>;
  readonly talk: Pick<CommandOutput, 'complain'>;
  /** Hands over the log, for the faults that nobody catches. */
  readonly onLogger: (logger: Logger) => void;
  /** False in the background: the log goes to a file, and samples are not printed. */
  readonly hasConsole: boolean;
  /** Called once the agent runs and `stop` would find it. */
  readonly onReady: () => void;
};

/** An agent that runs; `stopped` resolves when it has stopped. */
type RunningAgent = { readonly stopped: Promise<void>; close(): void };

/** `foreground`, and what `start` leaves in the background: runs the agent here until it is stopped. Gives the exit status: 0 after a stop, 2 with lines on stderr if it can't start. */
export async function runForeground(flags: Flags, options: ForegroundOptions): Promise<number> {
  const configured = readConfigured(flags, options.edges);
  const running = configured.ok ? await startAgent(configured.value, options) : configured;
  if (!running.ok) {
    running.error.forEach(options.talk.complain);
    return 2;
  }
  options.onReady();
  await running.value.stopped;
  running.value.close();
  return 0;
}

async function startAgent(
  configured: Configured,
  options: ForegroundOptions,
): Promise<Result<RunningAgent, readonly string[]>> {
  const { config, warnings, account } = configured;
  const { terminal, hasConsole } = options;
  const unmade = account && makeFolders(config, account, hasConsole, configured.edges);
  if (unmade !== null) return err([`-u: ${unmade}`]);
  closeInheritedDescriptors(); // not before the files are read: `-f <(…)` is one of them; not later: of a process that changed its user, /proc/self is root's
  const became = become(account, configured.edges);
  if (!became.ok) return err([became.error]);
  const edges = became.value;
  const unfit = dirname(config.pidFile) === config.stateDir ? null : edges.pidFiles.trouble(config.pidFile);
  if (unfit !== null) return err([unfit]);

  let inForce = config;
  const openLog = (path: string) => openLogFile(path, () => inForce.log.maxSizeBytes);
  const asked = openAskedLog(config, hasConsole ? terminal.stdoutLog : null, openLog);
  if (!asked.ok) return err([asked.error]);
  const log = createDeferredLog();
  if (hasConsole && asked.value !== null) log.release(asked.value);
  const isReadable = hasConsole && terminal.isTerminal && config.log.location === null;
  const logger = createLogger({
    level: config.log.level,
    destination: log,
    format: isReadable ? 'terminal' : 'json',
    colours: isReadable && edges.env['NO_COLOR'] === undefined,
    clock: edges.clock,
  });
  if (hasConsole) options.onLogger(logger);
  for (const problem of [...warnings, ...(hasConsole ? [] : unsentWarning(config))])
    logger.emit({ event: 'config.warned', problem });

  let stop = (_reason: string) => {};
  let onHangup = () => {};
  terminal.onStopSignal((signal) => stop(signal));
  terminal.onHangup(() => {
    logger.reopen();
    onHangup();
  });
  const print = (text: string) =>
    terminal.write(text).catch((error: unknown) => {
      stop('nobody reads the samples any more');
      throw error;
    });
  let pidFile: PidClaim = { release() {} };
  function claim(): string | null {
    const claimed = claimPidFile(config.pidFile, edges, config.stateDir);
    if (claimed.ok) pidFile = claimed.value;
    return claimed.ok ? null : claimed.error;
  }
  const started = startDaemon(config, edges, { claim, emit: logger.emit, write: hasConsole ? print : null });
  if (!started.ok) {
    pidFile.release();
    return err([started.error]);
  }
  const daemon = started.value;
  const opened = asked.value === null ? openLog(daemonLog(config)) : ok(asked.value);
  if (!opened.ok) {
    await stopAtOnce(daemon);
    pidFile.release();
    return err([opened.error]);
  }
  if (!hasConsole) {
    log.release(opened.value);
    options.onLogger(logger);
  }
  const watcher = watchConfig(configured, edges, daemon, logger, (next) => {
    inForce = next;
  });
  onHangup = () => {
    watcher.lookNow();
    daemon.retryNow();
  };
  const stopped = new Promise<void>((resolve) => {
    stop = (reason) => {
      watcher.close();
      void daemon.stop(reason).then(resolve);
    };
  });
  await daemon.ready;
  return ok({
    stopped,
    close() {
      pidFile.release();
      logger.close();
    },
  });
}

/** Says that samples go nowhere, where that is so in the background: there is no console to print them on. */
export function unsentWarning({ collector, sinks, dashboard }: Config): readonly string[] {
  if (collector.apiKey !== null || Object.values(sinks).some((sink) => sink !== null)) return [];
  const onPage = dashboard.isEnabled ? ', but kept for the page, whose link is in the log' : '';
  return [
    `without a key and without a sink no sample is sent anywhere${onPage}; give a key with -k KEY or \`api_key = KEY\` under [collector], or a section such as [sink:graphite]`,
  ];
}

/** The log that the user asked for; null: it is to be in the state directory, and whether that one is fit is not known yet. */
function openAskedLog(
  { log }: Config,
  stdoutLog: LogDestination | null,
  open: (path: string) => Result<LogDestination, string>,
): Result<LogDestination | null, string> {
  return log.location === null ? ok(stdoutLog) : open(log.location);
}

/** Applies what changes in the configuration while the agent runs; `onApplied` is told what is in force then. */
function watchConfig(
  { context, source, config, warnings }: Configured,
  edges: Edges,
  daemon: Daemon,
  logger: Logger,
  onApplied: (config: Config) => void,
): ConfigWatcher {
  return startConfigWatcher(
    edges,
    context,
    { source, config, warnings },
    {
      onChanged(next, changed, newWarnings) {
        const inapplicable = daemon.reload(next, changed);
        if (inapplicable !== null) return inapplicable;
        onApplied(next);
        logger.setLevel(next.log.level);
        for (const problem of newWarnings) logger.emit({ event: 'config.warned', problem });
        return null;
      },
      onRefused: daemon.refuse,
    },
  );
}

/** Makes the folders that are missing for the user whom this process is about to become. */
function makeFolders(config: Config, account: Account, hasConsole: boolean, { privileges }: Edges): string | null {
  const logFile = hasConsole ? config.log.location : daemonLog(config);
  const shared = [config.pidFile, ...(logFile === null ? [] : [logFile])].map((file) => dirname(file));
  const folders = [
    { path: config.stateDir, mode: 0o700 },
    ...shared.filter((path) => path !== config.stateDir).map((path) => ({ path, mode: 0o755 })),
  ];
  for (const { path, mode } of folders) {
    const failed = privileges.makeFolder(path, mode, account);
    if (failed !== null) return failed;
  }
  return null;
}

async function stopAtOnce(daemon: Daemon): Promise<void> {
  void daemon.stop('it can not go on');
  await daemon.stop('it can not go on'); // the second time it waits for nothing
}
