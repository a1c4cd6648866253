import { askAgent } from '../control/client.ts';
import { visible } from '../words/visible.ts';
import type { AgentPlaces } from './running-agent.ts';
import { reportNoAnswer, type StatusEdges } from './status.ts';

/**
 * `link`: prints the link of the page, with its token; on a second line that of the wall, if there
 * is one; and nothing else. Returns the exit status:
 * 0; 1 if the page is not served, or if the agent does not answer as expected; 3 if no agent runs.
 */
export async function runLink(places: AgentPlaces, edges: StatusEdges): Promise<number> {
  const answer = await askAgent(edges.ask, places.stateDir).pageLink();
  if (!answer.ok) return reportNoAnswer(answer.error, places, edges);
  const page = answer.value;
  if (page.kind === 'served') {
    await edges.write(`${page.link}\n${page.wallLink === undefined ? '' : `${page.wallLink}\n`}`);
    return 0;
  }
  const why =
    page.kind === 'off'
      ? 'start the agent with --dashboard, or set enabled = true under [dashboard]'
      : `${page.detail}; the agent tries again each minute`;
  edges.writeError(`instrument_server: the page is not served: ${visible(why)}\n`);
  return 1;
}
