import { type Daemon, daemonWalk } from '../agent/daemon.ts';
import { createServiceNotices, type ServiceNotices } from '../agent/service-notices.ts';
import type { KeptFile } from '../agent/upkeep.ts';
import type { Flags } from '../config/resolve.ts';
import { type ConfigWatcher, startConfigWatcher } from '../config/watched.ts';
import { type LogDestination, openLogFile } from '../io/disk/log-file.ts';
import type { Edges } from '../io/edges.ts';
import { serviceManagerOf } from '../io/process/service-manager.ts';
import type { Terminal } from '../io/terminal.ts';
import { inSteps } from '../io/walk.ts';
import { createDeferredLog } from '../log/deferred-log.ts';
import { createLogger, type Logger } from '../log/logger.ts';
import type { Config } from '../model/config.ts';
import type { AgentEvent } from '../model/event.ts';
import type { PageLink } from '../model/page-link.ts';
import { err, ok, type Result } from '../model/result.ts';
import { ownCommands } from '../words/own-command.ts';
import { backgroundLog, type CommandConfig, readCommandConfig } from './command-config.ts';
import type { CommandOutput } from './command-output.ts';
import { ownProgramOf } from './own-program.ts';
import { claimPidFile, type PidClaim } from './pidfile.ts';
import { prepareProcess } from './prepare-process.ts';
import { unsentWarning } from './unsent.ts';

/** Where the agent runs, and who is informed about it. */
export type ForegroundOptions = {
  readonly edges: Edges;
  readonly terminal: Pick<Terminal, 'write' | 'stdoutLog' | 'isTerminal' | 'onStopSignal' | 'onHangup'>;
  readonly output: Pick<CommandOutput, 'complain'>;
  /** Called with the log once it is open, so that uncaught errors are written to it. */
  readonly onLogger: (logger: Logger) => void;
  /** False in the background: the log goes to a file, and samples are not printed. */
  readonly hasConsole: boolean;
  /** Called once the agent runs and `stop` would find it. `page`: where its page is. */
  readonly onReady: (page: PageLink) => void;
};

/**
 * `foreground`, and the process that `start` leaves in the background: runs the agent until it is
 * stopped. Returns the exit status: 0 after a stop; 2, with lines on stderr, if it can't start.
 */
export async function runForeground(flags: Flags, options: ForegroundOptions): Promise<number> {
  const command = readCommandConfig(flags, options.edges);
  const agent = command.ok ? await startAgent(command.value, options) : command;
  if (!agent.ok) {
    agent.error.forEach(options.output.complain);
    return 2;
  }
  options.onReady(agent.value.pageLink);
  await agent.value.stopped;
  agent.value.close();
  return 0;
}

async function startAgent(
  command: CommandConfig,
  options: ForegroundOptions,
): Promise<Result<ForegroundAgent, readonly string[]>> {
  const edges = prepareProcess(command, options.hasConsole);
  if (!edges.ok) return err([edges.error]);
  const agent = new ForegroundAgent(command, edges.value, options);
  const failed = await agent.start();
  return failed === null ? ok(agent) : err([failed]);
}

type AgentPhase =
  /** The agent starts. A stop signal has its effect after that; a SIGHUP only reopens the log. */
  | { readonly kind: 'starting'; readonly stopReason: string | null }
  /**
   * The agent runs. A stop signal ends it; a SIGHUP also reads the configuration and tries sinks
   * again.
   */
  | { readonly kind: 'running'; readonly daemon: Daemon; readonly watcher: ConfigWatcher };

/** An agent in this process: daemon, log, pid file, signals and configuration files joined. */
class ForegroundAgent {
  /** Resolves when the agent has stopped. */
  readonly stopped: Promise<void>;
  /** Where the page was when the agent was ready. */
  pageLink: PageLink = { kind: 'off' };
  readonly #command: CommandConfig;
  readonly #edges: Edges;
  readonly #options: ForegroundOptions;
  readonly #log = createDeferredLog();
  readonly #logger: Logger;
  readonly #notices: ServiceNotices;
  #config: Config; // in force
  #phase: AgentPhase = { kind: 'starting', stopReason: null };
  #pidFile: PidClaim = { isThere: () => true, remake: () => null, release() {} };
  #onStopped = () => {};

  constructor(command: CommandConfig, edges: Edges, options: ForegroundOptions) {
    this.#command = command;
    this.#edges = edges;
    this.#options = options;
    this.#config = command.config;
    const { level, location } = command.config.log;
    const isReadable = options.hasConsole && options.terminal.isTerminal && location === null;
    this.#logger = createLogger({
      level,
      destination: this.#log,
      format: isReadable ? 'terminal' : 'json',
      colours: isReadable && edges.env['NO_COLOR'] === undefined,
      clock: edges.clock,
    });
    // In the background, the variables may be those of another service, whose shell typed `start`.
    const manager = options.hasConsole ? serviceManagerOf(edges.env) : null;
    this.#notices = createServiceNotices(manager, edges.clock, this.#logger.emit);
    this.stopped = new Promise((resolve) => {
      this.#onStopped = resolve;
    });
  }

  /** Starts the agent. Returns null, or a sentence for the user if it can't start. Called once. */
  async start(): Promise<string | null> {
    const { hasConsole, terminal, onLogger } = this.#options;
    const early = this.#openConfiguredLog();
    if (!early.ok) return early.error;
    if (hasConsole && early.value !== null) this.#log.release(early.value);
    if (hasConsole) onLogger(this.#logger);
    this.#warn([...this.#command.warnings, ...(hasConsole ? [] : unsentWarning(this.#config))]);
    terminal.onStopSignal((signal) => this.#stop(signal));
    terminal.onHangup(() => this.#onHangup());

    const starting = daemonWalk(this.#config, this.#edges, {
      claim: () => this.#claimPidFile(),
      keptFiles: this.#keptFiles(),
      emit: (event) => this.#note(event),
      write: hasConsole ? (text) => this.#print(text) : null,
      commands: ownCommands(ownProgramOf(this.#command.context.flags, this.#command, this.#edges)),
    });
    const started = await inSteps(starting);
    if (!started.ok) {
      this.#pidFile.release();
      return started.error;
    }
    const daemon = started.value;
    // The state directory exists from here on, and with it the folder of the default log.
    const log = early.value === null ? this.#openLog(backgroundLog(this.#config)) : ok(early.value);
    if (!log.ok) {
      await stopAtOnce(daemon);
      this.#pidFile.release();
      return log.error;
    }
    if (!hasConsole) {
      this.#log.release(log.value);
      onLogger(this.#logger);
    }
    const stopReason = this.#phase.kind === 'starting' ? this.#phase.stopReason : null;
    this.#phase = { kind: 'running', daemon, watcher: this.#watchConfig(daemon) };
    if (stopReason !== null) this.#stop(stopReason);
    this.pageLink = await daemon.ready;
    this.#notices.ready(daemon.status);
    return null;
  }

  /** Releases the pid file and closes the log. Called once the agent has stopped. */
  close() {
    this.#pidFile.release();
    this.#notices.close();
    this.#logger.close();
  }

  #note(event: AgentEvent) {
    this.#logger.emit(event);
    this.#notices.note(event);
  }

  /**
   * Opens the log that the configuration names. Null: it belongs into the state directory, which
   * may not exist yet.
   */
  #openConfiguredLog(): Result<LogDestination | null, string> {
    const { hasConsole, terminal } = this.#options;
    const { location } = this.#config.log;
    return location === null ? ok(hasConsole ? terminal.stdoutLog : null) : this.#openLog(location);
  }

  #openLog(path: string): Result<LogDestination, string> {
    return openLogFile(path, () => this.#config.log.maxSizeBytes);
  }

  #warn(problems: readonly string[]) {
    for (const problem of problems) this.#logger.emit({ event: 'config.warned', problem });
  }

  #claimPidFile(): string | null {
    const { pidFile, stateDir } = this.#config;
    const claimed = claimPidFile(pidFile, this.#edges, stateDir);
    if (!claimed.ok) return claimed.error;
    this.#pidFile = claimed.value;
    return null;
  }

  #keptFiles(): readonly KeptFile[] {
    return [
      { name: 'the log', isThere: () => this.#log.isThere(), remake: () => this.#log.reopen() },
      { name: 'the pid file', isThere: () => this.#pidFile.isThere(), remake: () => this.#pidFile.remake() },
    ];
  }

  #print(text: string): Promise<void> {
    return this.#options.terminal.write(text).catch((error: unknown) => {
      this.#stop('stdout has no reader any more');
      throw error;
    });
  }

  #stop(reason: string) {
    const phase = this.#phase;
    if (phase.kind === 'starting') this.#phase = { ...phase, stopReason: reason };
    if (phase.kind !== 'running') return;
    phase.watcher.close();
    void phase.daemon.stop(reason).then(this.#onStopped);
  }

  #onHangup() {
    this.#logger.reopen();
    const phase = this.#phase;
    if (phase.kind === 'starting') return;
    this.#notices.reload(phase.watcher.lookNow);
    phase.daemon.retryNow();
  }

  /** Applies changes of the configuration files while the agent runs. */
  #watchConfig(daemon: Daemon): ConfigWatcher {
    const { context, source, config, warnings } = this.#command;
    return startConfigWatcher(
      this.#edges,
      context,
      { source, config, warnings },
      {
        onChanged: (next, changed, newWarnings) => {
          const inapplicable = this.#notices.reload(() => daemon.reload(next, changed));
          if (inapplicable !== null) return inapplicable;
          this.#config = next;
          this.#logger.setLevel(next.log.level);
          this.#warn(newWarnings);
          return null;
        },
        onRefused: daemon.refuse,
      },
    );
  }
}

async function stopAtOnce(daemon: Daemon): Promise<void> {
  const reason = 'the log can not be opened';
  await Promise.all([daemon.stop(reason), daemon.stop(reason)]); // the second call makes it wait for nothing
}
