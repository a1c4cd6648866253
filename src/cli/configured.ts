import { join } from 'node:path';
import { formatProblem } from '../config/problem.ts';
import { type Flags, type ResolveInput, resolveConfig } from '../config/resolve.ts';
import { readSource, type Source } from '../config/source.ts';
import { readMachine } from '../io/disk/config-files.ts';
import type { Edges } from '../io/edges.ts';
import type { Account } from '../io/process/privileges.ts';
import type { Config } from '../model/config.ts';
import { err, ok, type Result } from '../model/result.ts';

/**
 * The configuration that a command line means. `account` is the user that `-u` names and we are not yet; `edges` are the machine as
 * that user's environment shows it, but for the user id: read anew with them, the default state directory stays the same.
 */
export type Configured = {
  readonly config: Config;
  readonly warnings: readonly string[];
  /** What the configuration was resolved from, and with: it is resolved anew with the same when a file changes. */
  readonly source: Source;
  readonly context: Omit<ResolveInput, 'source'>;
  readonly account: Account | null;
  readonly edges: Edges;
};

/** What a command that only looks for an agent needs of the configuration. `edges` are those of the user that `-u` names, whom this process has become. */
export type Whereabouts = Pick<Config, 'stateDir' | 'tempDir' | 'pidFile' | 'stopGraceMs'> & {
  readonly logFile: string;
  readonly edges: Edges;
};

/** Reads the configuration. An error is every problem, a sentence each, for stderr. */
export function readConfigured(flags: Flags, edges: Edges): Result<Configured, readonly string[]> {
  const found = read(flags, edges);
  if (!found.ok) return found;
  const { whole, source, account, seen } = found.value;
  const context = { flags, env: seen.env, machine: seen.machine };
  return whole.ok ? ok({ ...whole.value, source, context, account, edges: seen }) : err(whole.error.map(formatProblem));
}

/**
 * Finds out where an agent keeps its things, also where the rest of the configuration is broken: a running agent can be stopped
 * whatever became of its file. Then becomes the user that `-u` names. An error is every problem, a sentence each.
 */
export function findWhereabouts(flags: Flags, edges: Edges): Result<Whereabouts, readonly string[]> {
  const found = read(flags, edges);
  if (!found.ok) return found;
  const { whole, source, account, seen } = found.value;
  const env = { ...seen.env, INSTRUMENTAL_TOKEN: undefined };
  const resolveOnly = (keys: readonly NeededKey[]) =>
    resolveConfig({ flags: narrowedFlags(flags), env, source: narrowed(source, keys), machine: seen.machine });
  let some = whole;
  if (!some.ok) some = resolveOnly([...place, ...besides]);
  if (!some.ok) some = resolveOnly(place);
  if (!some.ok) return err(some.error.map(formatProblem));
  const { config } = some.value;
  const { stateDir, tempDir, pidFile, stopGraceMs } = config;
  const became = become(account, seen);
  return became.ok
    ? ok({ stateDir, tempDir, pidFile, stopGraceMs, logFile: daemonLog(config), edges: became.value })
    : err([became.error]);
}

function read(flags: Flags, edges: Edges) {
  const account = accountOf(flags, edges);
  if (!account.ok) return err([account.error]);
  const seen = account.value === null ? edges : asSeenBy(account.value, edges);
  const source = readSource(seen.configFiles, flags.configFile, seen.machine.cwd);
  return ok({
    account: account.value,
    seen,
    source,
    whole: resolveConfig({ flags, env: seen.env, source, machine: seen.machine }),
  });
}

/** Where an agent in the background logs to. */
export function daemonLog({ log, stateDir }: Config): string {
  return log.location ?? join(stateDir, 'instrument_server.log');
}

/** Becomes that user for good, and gives the machine as this process sees it then; null: stays who it is. An error is a sentence for the user, and then this process must end. */
export function become(account: Account | null, edges: Edges): Result<Edges, string> {
  if (account === null) return ok(edges);
  const failed = edges.privileges.drop(account);
  if (failed !== null) return err(`-u: ${failed}`);
  const { cwd, home } = edges.machine;
  return ok({ ...edges, machine: { ...readMachine(), cwd, home } });
}

/** The user that `-u` asks for, unless we are that user already. */
function accountOf({ user }: Flags, { machine, privileges }: Edges): Result<Account | null, string> {
  if (user === null) return ok(null);
  if (machine.uid === null) return err('-u: is not available on this system; leave it out');
  const account = privileges.lookUp(user);
  if (account === null)
    return err(`-u: there is no user ${JSON.stringify(user)}; name one of those that \`getent passwd\` lists`);
  if (account.uid === machine.uid) return ok(null);
  return machine.uid === 0
    ? ok(account)
    : err('-u: only root can become another user; type: sudo instrument_server …, or leave -u out');
}

function asSeenBy({ name, home }: Account, edges: Edges): Edges {
  return {
    ...edges,
    env: { ...edges.env, HOME: home, USER: name, LOGNAME: name },
    machine: { ...edges.machine, home },
  };
}

type NeededKey = { readonly section: string; readonly key: string };

/** Without this an agent can't be found. */
const place: readonly NeededKey[] = [{ section: 'agent', key: 'state_dir' }];

/** These it may do without: where one of them is broken, all have their defaults. */
const besides: readonly NeededKey[] = [
  { section: 'agent', key: 'stop_grace' },
  { section: 'log', key: 'location' },
];

function narrowed({ files }: Source, keys: readonly NeededKey[]): Source {
  const isNeeded = (entry: NeededKey) =>
    keys.some(({ section, key }) => entry.section === section && entry.key === key);
  return {
    files: files.map((file) => ({ ...file, sections: [], entries: file.entries.filter(isNeeded) })),
    problems: [],
    missing: null,
  };
}

function narrowedFlags(flags: Flags): Flags {
  return { ...flags, given: new Map([...flags.given].filter(([flag]) => flag === '--state-dir' || flag === '--log')) };
}
