import type { Handle, HttpReply } from '../io/serve.ts';
import type { PluginAnswer, Status } from '../model/status.ts';

/** What can be asked of the agent. */
export type Asking = { status(): Status; plugin(name: string): PluginAnswer };

/**
 * The agent's answers: `/status.json`, and `/plugin.json?name=NAME` for everything about the plugins that a name selects. Nothing asked
 * here changes the agent.
 */
export function createRoutes({ status, plugin }: Asking): Handle {
  return ({ method, path, query }) => {
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET is answered here');
    switch (path) {
      case '/status.json':
        return json(status());
      case '/plugin.json': {
        const name = query.get('name') ?? '';
        return name === '' ? text(400, 'expected /plugin.json?name=NAME') : json(plugin(name));
      }
      default:
        return text(404, 'there is nothing here; try /status.json');
    }
  };
}

function json(document: Status | PluginAnswer): HttpReply {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: `${JSON.stringify(document)}\n` };
}

function text(status: number, body: string): HttpReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${body}\n` };
}
