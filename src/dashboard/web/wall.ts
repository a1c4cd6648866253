import type { WallPlugin, WallStatus } from '../../model/wall-status.ts';
import { createAgentClock } from './agent-clock.ts';
import { fromStatus } from './agent-state.ts';
import { followAgent } from './live.ts';
import { showConnection } from './summary.ts';
import { createWall, type WallState } from './wall-view.ts';

startWall();

/** Shows what the agent sends to a wall screen, as long as the page is open. */
function startWall(): void {
  const { nowS, correct } = createAgentClock();
  const wall = createWall();
  let known: WallState | null = null;

  setInterval(() => {
    if (known && !document.hidden) wall.tick(known, nowS());
  }, 1000);

  followAgent(
    { path: '/wall/events', fromStatus: fromStatus<WallStatus, WallPlugin> },
    (next) => {
      if (known && known.agent.version !== next.agent.version) location.reload(); // the upgraded agent has another page
      correct(next.agent.atS);
      known = next;
      wall.update(next, nowS());
    },
    (connection) => showConnection(connection, 'this link of the wall is not valid; open the new one'),
  );
}
