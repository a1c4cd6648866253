import { join } from 'node:path';
import type { AskSocket, Converse } from '../io/net/socket-client.ts';
import type { FormatName } from '../model/format.ts';
import type { PageLink } from '../model/page-link.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { PluginAnswer, Status } from '../model/status.ts';
import type { PreviousRun, RunEnvironment, TrialEvent } from '../model/trial.ts';
import { typeable } from '../words/shell-words.ts';

/** Why there is no answer: no agent runs, or a trouble, in one sentence for the user. */
export type NoAnswer = { readonly kind: 'not-running' } | { readonly kind: 'trouble'; readonly detail: string };

/** Asks a running agent over its control socket. Never rejects. */
export type AgentClient = {
  status(): Promise<Result<Status, NoAnswer>>;
  plugin(name: string): Promise<Result<PluginAnswer, NoAnswer>>;
  /** The user, folder, limits and environment that the plugin of this name runs with. */
  runEnvironment(name: string): Promise<Result<RunEnvironment, NoAnswer>>;
  /** The link of the page, with the token. */
  pageLink(): Promise<Result<PageLink, NoAnswer>>;
};

/**
 * A trial that the agent was asked for. `ended` resolves after the last event. `abort` closes the
 * connection; a run that has begun continues.
 */
export type RequestedTrial = { readonly ended: Promise<Result<null, NoAnswer>>; abort(): void };

const patienceMs = 10_000;
const otherVersion: NoAnswer = {
  kind: 'trouble',
  detail: 'the running agent has another version; restart it the way it was started',
};

/** The path of the socket on which the agent of a state directory listens. */
export function controlSocket(stateDir: string): string {
  return join(stateDir, 'control.sock');
}

/** Returns a client for the agent of this state directory, whether one is running or not. */
export function askAgent(ask: AskSocket, stateDir: string): AgentClient {
  const path = controlSocket(stateDir);

  async function get(target: string): Promise<Result<string, NoAnswer>> {
    const answer = await ask(path, target, patienceMs);
    if (!answer.ok) return err(noAnswer(answer.error, path, stateDir));
    const { status, text } = answer.value;
    if (status === 200) return ok(text);
    return err(trouble(status === 503 ? text.trim() : `the agent answered ${status}: ${text.trim()}`));
  }

  return {
    async status() {
      const answer = await get('/status.json');
      return answer.ok
        ? parsed<Status>(answer.value, ({ format, scripts }) => format === 1 && scripts.reason !== undefined)
        : answer;
    },
    async runEnvironment(name) {
      const answer = await get(`/surroundings.json?${new URLSearchParams({ name })}`);
      return answer.ok ? parsed<RunEnvironment>(answer.value, ({ env }) => typeof env === 'object') : answer;
    },
    async pageLink() {
      const answer = await ask(path, '/link.json', patienceMs);
      if (!answer.ok) return err(noAnswer(answer.error, path, stateDir));
      return parsed<PageLink>(answer.value.text, ({ kind }) => typeof kind === 'string');
    },
    async plugin(name) {
      const answer = await get(`/plugin.json?${new URLSearchParams({ name })}`);
      return answer.ok
        ? parsed<PluginAnswer>(answer.value, ({ plugins, advice }) => Array.isArray(plugins) && advice !== undefined)
        : answer;
    },
  };
}

/**
 * Asks the agent of this state directory for a trial of a plugin. `previous` takes the place of
 * the plugin's last run; with null, the last run itself is used. So does `format` with that of its
 * settings.
 */
export function askForTrial(
  converse: Converse,
  stateDir: string,
  name: string,
  { previous, format }: { readonly previous: PreviousRun | null; readonly format: FormatName | null },
  onEvent: (event: TrialEvent) => void,
): RequestedTrial {
  const path = controlSocket(stateDir);
  let isUnreadable = false;
  const onLine = (line: string) => {
    const event = parsed<TrialEvent>(line, isOfThisVersion);
    if (event.ok) onEvent(event.value);
    else isUnreadable = true;
  };
  const query = new URLSearchParams(format === null ? { name } : { name, format });
  const { ended, abort } = converse(path, `/run?${query}`, JSON.stringify(previous), onLine);
  return {
    ended: ended.then((outcome) => {
      if (!outcome.ok) return err(noAnswer(outcome.error, path, stateDir));
      const { status, text } = outcome.value;
      if (isUnreadable || status === 404 || status === 405) return err(otherVersion);
      return status === 200 ? ok(null) : err(trouble(`the agent answered ${status}: ${text.trim()}`));
    }),
    abort,
  };
}

/** Translates the errno name of a failed connection. */
function noAnswer(code: string, path: string, stateDir: string): NoAnswer {
  switch (code) {
    case 'ENOENT':
    case 'ECONNREFUSED': // the socket file of an agent that was ended at once
    case 'ENOTDIR':
      return { kind: 'not-running' };
    case 'EACCES':
      return trouble(
        `${path} belongs to another user (${code}); ask as the agent's user, ` +
          `or as root: with sudo, and --state-dir ${typeable(stateDir)}`,
      );
    case 'ENAMETOOLONG':
      return trouble(
        `the path ${path} is too long for a socket, so no agent can be asked there; ` +
          'name a shorter one with --state-dir DIR',
      );
    case 'ETIMEDOUT':
      return trouble(
        `the agent has not answered on ${path} for ${patienceMs / 1000} s; ` +
          'see whether its process is stopped or gets no CPU time',
      );
    default:
      return trouble(`the agent does not answer on ${path} (${code}); try again`);
  }
}

/** Whether a line is an event as this version has it; an older agent has no `advice`. */
function isOfThisVersion(line: TrialEvent): boolean {
  return line.event === 'refused' ? line.advice !== undefined : typeof line.event === 'string';
}

function parsed<Document>(text: string, isKnown: (document: Document) => boolean): Result<Document, NoAnswer> {
  try {
    const document: Document = JSON.parse(text);
    if (isKnown(document)) return ok(document);
  } catch {
    // not JSON: reported below
  }
  return err(otherVersion);
}

function trouble(detail: string): NoAnswer {
  return { kind: 'trouble', detail };
}
