import { join } from 'node:path';
import { formatProblem } from '../config/problem.ts';
import { type Flags, type ResolveInput, resolveConfig } from '../config/resolve.ts';
import { readSource, type Source } from '../config/source.ts';
import { readMachine } from '../io/disk/config-files.ts';
import type { Edges } from '../io/edges.ts';
import type { Account } from '../io/process/privileges.ts';
import type { Config } from '../model/config.ts';
import { err, ok, type Result } from '../model/result.ts';
import { visibleInQuotes } from '../words/visible.ts';
import type { AgentPlaces } from './running-agent.ts';

/**
 * The configuration that a command line selects. `account` is the user that `-u` names; null if
 * no change of user is needed. `edges` have that user's environment, but still this process's
 * user id: the default state directory depends on the id, and must be the same for root and that
 * user.
 */
export type CommandConfig = {
  readonly config: Config;
  readonly warnings: readonly string[];
  /**
   * What the configuration was resolved from. It is resolved again with these when a file
   * changes.
   */
  readonly source: Source;
  readonly context: Omit<ResolveInput, 'source'>;
  readonly account: Account | null;
  readonly edges: Edges;
};

/**
 * The part of the configuration that a command needs to find an agent. `edges` are those of the
 * user that `-u` names; this process has become that user.
 */
export type AgentLocation = AgentPlaces &
  Pick<Config, 'tempDir' | 'stopGraceMs'> & {
    readonly logFile: string;
    readonly edges: Edges;
  };

/** Reads the configuration. An error is a list of all problems, one sentence each, for stderr. */
export function readCommandConfig(flags: Flags, edges: Edges): Result<CommandConfig, readonly string[]> {
  const found = resolveAll(flags, edges);
  if (!found.ok) return found;
  const { resolved, source, account, userEdges } = found.value;
  const context = { flags, env: userEdges.env, machine: userEdges.machine, nowMs: edges.clock.nowMs };
  if (!resolved.ok) return err(resolved.error.map(formatProblem));
  return ok({ ...resolved.value, source, context, account, edges: userEdges });
}

/**
 * Finds out where an agent keeps its files, then becomes the user that `-u` names. Works also
 * where other parts of the configuration are broken, so that a running agent can still be
 * stopped. An error is a list of all problems, one sentence each.
 */
export function locateAgent(flags: Flags, edges: Edges): Result<AgentLocation, readonly string[]> {
  const found = resolveAll(flags, edges);
  if (!found.ok) return found;
  const { source, account, userEdges } = found.value;
  const env = { ...userEdges.env, INSTRUMENTAL_TOKEN: undefined };
  const resolveOnly = (keys: readonly NeededKey[]) =>
    resolveConfig({
      flags: withNeededFlags(flags),
      env,
      source: withEntriesOf(source, keys),
      machine: userEdges.machine,
      nowMs: edges.clock.nowMs,
    });
  let { resolved } = found.value;
  if (!resolved.ok) resolved = resolveOnly([...indispensableKeys, ...usefulKeys]);
  if (!resolved.ok) resolved = resolveOnly(indispensableKeys);
  if (!resolved.ok) return err(resolved.error.map(formatProblem));
  const { config } = resolved.value;
  const { stateDir, tempDir, pidFile, stopGraceMs } = config;
  const became = becomeUser(account, userEdges);
  return became.ok
    ? ok({
        stateDir,
        tempDir,
        pidFile,
        stopGraceMs,
        uid: became.value.machine.uid,
        logFile: backgroundLog(config),
        edges: became.value,
      })
    : err([became.error]);
}

function resolveAll(flags: Flags, edges: Edges) {
  const account = accountOf(flags, edges);
  if (!account.ok) return err([account.error]);
  const userEdges = account.value === null ? edges : edgesOf(account.value, edges);
  const { env, machine } = userEdges;
  const source = readSource(userEdges.configFiles, flags.configFile, machine.cwd);
  return ok({
    account: account.value,
    userEdges,
    source,
    resolved: resolveConfig({ flags, env, source, machine, nowMs: edges.clock.nowMs }),
  });
}

/** Returns where the agent of a configuration is looked for. */
export function placesOf({ config, account, edges }: CommandConfig): AgentPlaces {
  return { stateDir: config.stateDir, pidFile: config.pidFile, uid: account?.uid ?? edges.machine.uid };
}

/**
 * Returns the state directory of a command that the user of this process types without flags in a
 * new shell: what the default files say, or else the default of that user. Null: not known,
 * because those files say something that is not a path.
 */
export function stateDirWithoutFlags({ configFiles, machine, clock }: Edges): string | null {
  const resolved = resolveConfig({
    flags: { configFile: null, tempDir: null, pidFile: null, user: null, given: new Map() },
    env: {},
    source: withEntriesOf(readSource(configFiles, null, machine.cwd), indispensableKeys),
    machine,
    nowMs: clock.nowMs,
  });
  return resolved.ok ? resolved.value.config.stateDir : null;
}

/** Returns the path of the log of an agent in the background. */
export function backgroundLog({ log, stateDir }: Config): string {
  return log.location ?? join(stateDir, 'instrument_server.log');
}

/**
 * Becomes that user for good, and returns the machine as this process sees it from then on. With
 * null, the user does not change. An error is a sentence for the user, and this process must end.
 */
export function becomeUser(account: Account | null, edges: Edges): Result<Edges, string> {
  if (account === null) return ok(edges);
  const failed = edges.privileges.drop(account);
  if (failed !== null) return err(`-u: ${failed}`);
  const { cwd, home } = edges.machine;
  return ok({ ...edges, machine: { ...readMachine(), cwd, home } });
}

/** Returns the user that `-u` asks for; null if there is no `-u` or this process is that user. */
function accountOf({ user }: Flags, { machine, privileges }: Edges): Result<Account | null, string> {
  if (user === null) return ok(null);
  if (machine.uid === null) return err('-u: is not available on this system; leave it out');
  const account = privileges.lookUp(user);
  if (account === null)
    return err(`-u: there is no user ${visibleInQuotes(user)}; name one of those that \`getent passwd\` lists`);
  if (account.uid === machine.uid) return ok(null);
  return machine.uid === 0
    ? ok(account)
    : err('-u: only root can become another user; type the same command with sudo, or leave -u out');
}

function edgesOf({ name, home }: Account, edges: Edges): Edges {
  return {
    ...edges,
    env: { ...edges.env, HOME: home, USER: name, LOGNAME: name },
    machine: { ...edges.machine, home },
  };
}

type NeededKey = { readonly section: string; readonly key: string };

/** Keys without which an agent can't be found. */
const indispensableKeys: readonly NeededKey[] = [{ section: 'agent', key: 'state_dir' }];

/** Keys that help to find an agent. If one of them is broken, all of them have their defaults. */
const usefulKeys: readonly NeededKey[] = [
  { section: 'agent', key: 'stop_grace' },
  { section: 'log', key: 'location' },
];

function withEntriesOf({ files }: Source, keys: readonly NeededKey[]): Source {
  const isNeeded = (entry: NeededKey) =>
    keys.some(({ section, key }) => entry.section === section && entry.key === key);
  return {
    files: files.map((file) => ({ ...file, sections: [], entries: file.entries.filter(isNeeded) })),
    problems: [],
    missing: null,
  };
}

function withNeededFlags(flags: Flags): Flags {
  return { ...flags, given: new Map([...flags.given].filter(([flag]) => flag === '--state-dir' || flag === '--log')) };
}
