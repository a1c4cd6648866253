import { askAgent, type NoAnswer } from '../control/client.ts';
import type { AskSocket } from '../io/net/socket-client.ts';
import type { Result } from '../model/result.ts';
import type { PluginAnswer, Status } from '../model/status.ts';
import { visible } from '../words/visible.ts';
import { pageText } from './page-text.ts';
import { renderPlugins, renderStatus } from './render.ts';
import type { RenderOptions } from './rendering.ts';
import { type AgentPlaces, type FoundAgent, unanswered } from './running-agent.ts';

/** What to show. `plugin` is a name that selects plugins; null: the agent as a whole. */
export type StatusRequest = {
  readonly places: AgentPlaces;
  readonly plugin: string | null;
  readonly isJson: boolean;
};

/** What the command needs of the machine. */
export type StatusEdges = {
  readonly ask: AskSocket;
  readonly findAgent: (places: AgentPlaces) => Result<FoundAgent | null, string>;
  readonly write: (text: string) => Promise<void>;
  readonly writeError: (text: string) => void;
  readonly options: RenderOptions;
};

/**
 * `status`: asks the agent that runs on this state directory. Returns the exit status: 0; 1 if the
 * name selects no plugin, or if the agent does not answer as expected; 3 if no agent runs.
 */
export async function runStatus({ places, plugin, isJson }: StatusRequest, edges: StatusEdges): Promise<number> {
  const client = askAgent(edges.ask, places.stateDir);
  const isForPerson = plugin === null && !isJson;
  const [status, answer, page] = await Promise.all([
    client.status(),
    plugin === null ? null : client.plugin(plugin),
    isForPerson ? client.pageLink() : null,
  ]);
  if (!status.ok) return reportNoAnswer(status.error, places, edges);
  if (answer === null) {
    const where = page?.ok ? pageText(page.value) : [];
    const text = `${renderStatus(status.value, edges.options)}${where.length > 0 ? `\n${where.join('\n')}\n` : ''}`;
    await edges.write(isJson ? jsonText(status.value) : text);
    return 0;
  }
  if (!answer.ok) return reportNoAnswer(answer.error, places, edges);
  const { hostname, atS } = status.value;
  await edges.write(isJson ? jsonText(answer.value) : renderPlugins(answer.value, hostname, atS, edges.options));
  return answer.value.missing === null ? 0 : 1;
}

/**
 * `status --names`: prints the file name of each plugin on a line of its own, except for names that
 * don't fit on one. Returns the exit status, as `status` does.
 */
export async function runNames(places: AgentPlaces, edges: StatusEdges): Promise<number> {
  const status = await askAgent(edges.ask, places.stateDir).status();
  if (!status.ok) return reportNoAnswer(status.error, places, edges);
  const names = status.value.plugins.map(({ file }) => file).filter((name) => visible(name) === name);
  await edges.write(names.map((name) => `${name}\n`).join(''));
  return 0;
}

function jsonText(document: Status | PluginAnswer): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Prints why the agent gave no answer. Returns the exit status: 3 if no agent runs, else 1. */
export function reportNoAnswer(
  reason: NoAnswer,
  places: AgentPlaces,
  { writeError, findAgent }: Pick<StatusEdges, 'writeError' | 'findAgent'>,
): number {
  const complain = (sentence: string) => writeError(`instrument_server: ${visible(sentence)}\n`);
  const trouble = reason.kind === 'trouble' ? reason.detail : whyUnanswered(places, findAgent(places));
  if (trouble !== null) {
    complain(trouble);
    return 1;
  }
  complain(
    `not running: no agent uses the state directory ${places.stateDir}; ` +
      'start one, or name the right directory with --state-dir DIR',
  );
  return 3;
}

/** Null: no agent runs. */
function whyUnanswered(places: AgentPlaces, found: Result<FoundAgent | null, string>): string | null {
  return found.ok ? found.value && unanswered(found.value, places) : found.error;
}
