import { join } from 'node:path';
import type { Ask } from '../io/ask.ts';
import { typeable } from '../io/shell-words.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { PluginAnswer, Status } from '../model/status.ts';

/** Why nothing came back: nobody runs there, or one sentence for the user. */
export type NoAnswer = { readonly kind: 'not-running' } | { readonly kind: 'trouble'; readonly detail: string };

/** A running agent, asked over its control socket. Never rejects. */
export type AgentClient = {
  status(): Promise<Result<Status, NoAnswer>>;
  plugin(name: string): Promise<Result<PluginAnswer, NoAnswer>>;
};

const patienceMs = 10_000;

/** Where the agent of a state directory listens. */
export function controlSocket(stateDir: string): string {
  return join(stateDir, 'control.sock');
}

/** The agent of this state directory, whether one runs there or not. */
export function askAgent(ask: Ask, stateDir: string): AgentClient {
  const path = controlSocket(stateDir);

  async function get(what: string): Promise<Result<string, NoAnswer>> {
    const asked = await ask(path, what, patienceMs);
    if (asked.ok && asked.value.status === 200) return ok(asked.value.text);
    if (asked.ok) return err(trouble(`the agent answered ${asked.value.status}: ${asked.value.text.trim()}`));
    return err(noAnswer(asked.error));
  }

  function noAnswer(code: string): NoAnswer {
    switch (code) {
      case 'ENOENT':
      case 'ECONNREFUSED': // the socket file of an agent that was ended at once
      case 'ENOTDIR':
        return { kind: 'not-running' };
      case 'EACCES':
        return trouble(
          `${path} belongs to another user (${code}); ask as the agent's user, or as root: sudo instrument_server status --state-dir ${typeable(stateDir)}`,
        );
      case 'ENAMETOOLONG':
        return trouble(
          `the path ${path} is too long for a socket, so no agent can be asked there; name a shorter one with --state-dir DIR`,
        );
      case 'ETIMEDOUT':
        return trouble(`the agent has not answered on ${path} for ${patienceMs / 1000} s; see whether its process is stopped or starved`);
      default:
        return trouble(`the agent does not answer on ${path} (${code}); try again`);
    }
  }

  return {
    async status() {
      const answer = await get('/status.json');
      return answer.ok ? parsed<Status>(answer.value, ({ format }) => format === 1) : answer;
    },
    async plugin(name) {
      const answer = await get(`/plugin.json?${new URLSearchParams({ name })}`);
      return answer.ok ? parsed<PluginAnswer>(answer.value, ({ plugins }) => Array.isArray(plugins)) : answer;
    },
  };
}

function parsed<Document>(text: string, isKnown: (document: Document) => boolean): Result<Document, NoAnswer> {
  try {
    const document: Document = JSON.parse(text);
    if (isKnown(document)) return ok(document);
  } catch {
    // told below
  }
  return err(trouble('the agent that runs is of another version; restart it: instrument_server restart'));
}

function trouble(detail: string): NoAnswer {
  return { kind: 'trouble', detail };
}
