import { askAgent, type NoAnswer } from '../control/client.ts';
import type { AskSocket } from '../io/net/socket-client.ts';
import type { PluginAnswer, Status } from '../model/status.ts';
import { visible } from '../words/visible.ts';
import { type RenderOptions, renderPlugins, renderStatus } from './render.ts';

/** What is to be shown: of the agent as a whole, or of the plugins that a name selects. */
export type StatusRequest = { readonly stateDir: string; readonly plugin: string | null; readonly isJson: boolean };

/** The machine, as far as the command needs it. */
export type StatusEdges = {
  readonly ask: AskSocket;
  readonly write: (text: string) => Promise<void>;
  readonly writeError: (text: string) => void;
  readonly options: RenderOptions;
};

/**
 * `status`: asks the agent that runs on this state directory. Gives the exit status: 0; 1 where the name selects no plugin, or the agent does not
 * answer as it should; 3 where none runs.
 */
export async function runStatus({ stateDir, plugin, isJson }: StatusRequest, edges: StatusEdges): Promise<number> {
  const client = askAgent(edges.ask, stateDir);
  const [status, answer] = await Promise.all([client.status(), plugin === null ? null : client.plugin(plugin)]);
  if (!status.ok) return noAnswer(status.error, stateDir, edges);
  if (answer === null) {
    await edges.write(isJson ? json(status.value) : renderStatus(status.value, edges.options));
    return 0;
  }
  if (!answer.ok) return noAnswer(answer.error, stateDir, edges);
  const { hostname, atS } = status.value;
  await edges.write(isJson ? json(answer.value) : renderPlugins(answer.value, hostname, atS, edges.options));
  return answer.value.missing === null ? 0 : 1;
}

function json(document: Status | PluginAnswer): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function noAnswer(why: NoAnswer, stateDir: string, { writeError }: StatusEdges): number {
  if (why.kind === 'trouble') {
    writeError(`instrument_server: ${visible(why.detail)}\n`);
    return 1;
  }
  writeError(
    `instrument_server: not running: no agent uses the state directory ${visible(stateDir)}; start one, or name its own with --state-dir DIR\n`,
  );
  return 3;
}
