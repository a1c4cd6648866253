import { join } from 'node:path';
import type { Ask } from '../io/ask.ts';
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
    if (asked.ok) return err({ kind: 'trouble', detail: `the agent answered ${asked.value.status}: ${asked.value.text.trim()}` });
    return err(noAnswer(asked.error));
  }

  function noAnswer(code: string): NoAnswer {
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return { kind: 'not-running' };
    if (code === 'EACCES')
      return {
        kind: 'trouble',
        detail: `${path} belongs to another user (EACCES); ask as the agent's user or as root: sudo instrument_server status`,
      };
    return { kind: 'trouble', detail: `the agent does not answer on ${path} (${code})` };
  }

  return {
    async status() {
      const answer = await get('/status.json');
      return answer.ok ? parsed<Status>(answer.value, ({ format }) => format === 1) : answer;
    },
    async plugin(name) {
      const answer = await get(`/plugin.json?name=${encodeURIComponent(name)}`);
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
  return err({ kind: 'trouble', detail: 'the agent that runs is of another version; restart it: instrument_server restart' });
}
