import type { PluginStatus, Status } from '../../model/status.ts';
import { createAgentClock } from './agent-clock.ts';
import { type AgentState, fromStatus } from './agent-state.ts';
import { createChartBar } from './chart-bar.ts';
import { byId } from './elements.ts';
import { createHostSection } from './host.ts';
import { createPluginList } from './list.ts';
import { followAgent } from './live.ts';
import { createPageCharts } from './page-charts.ts';
import { showTab } from './page-title.ts';
import { createPauseButton } from './pause.ts';
import { createPluginCharts } from './plugin-charts.ts';
import { obeyKeys } from './shortcuts.ts';
import { createSidePane } from './side-pane.ts';
import { createSinkList } from './sinks.ts';
import { createAgentSummary, showConnection } from './summary.ts';
import { createTabs } from './tabs.ts';
import { keepViewInAddress } from './view-address.ts';

startPage();

/** Folds the agent's events into one state, and draws that state at most once a frame. */
function startPage(): void {
  const { nowS, correct } = createAgentClock();
  const summary = createAgentSummary();
  const sinks = createSinkList();
  const list = createPluginList();
  const charts = createPageCharts(nowS);
  keepViewInAddress(charts);
  byId('chart-bar').append(createChartBar(charts.view).element);
  const pluginCharts = createPluginCharts(charts);
  const host = createHostSection(charts);
  const sidePane = createSidePane(list, createTabs(), charts);
  let known: AgentState | null = null;
  let isDrawPlanned = false;
  let lastTickAtS: number | null = null;
  const pause = createPauseButton(draw);
  obeyKeys({ move: list.move, togglePause: pause.toggle });

  function draw(): void {
    isDrawPlanned = false;
    const state = known;
    if (state && !pause.isPaused()) list.keepPlace(() => drawState(state));
  }

  function drawState(state: AgentState): void {
    performance.mark('draw');
    const { agent, plugins } = state;
    charts.setHost(agent.hostname);
    summary.update(state, nowS());
    sinks.update(agent.sinks, nowS());
    list.update(state, nowS());
    sidePane.update(state);
    pluginCharts.update(plugins);
    if (agent.lastTickAtS !== lastTickAtS || lastTickAtS === null) {
      pluginCharts.refresh();
      host.refresh();
    }
    lastTickAtS = agent.lastTickAtS;
    performance.measure('drawn', 'draw'); // for observers only: the page stays open for weeks, so entries are cleared
    performance.clearMeasures();
    performance.clearMarks();
  }

  setInterval(() => {
    const state = known;
    if (!state || document.hidden || pause.isPaused()) return;
    list.keepPlace(() => {
      summary.tick(state, nowS());
      sinks.update(state.agent.sinks, nowS());
      list.tick(nowS());
      sidePane.tick();
    });
  }, 1000);

  followAgent(
    { path: '/events', fromStatus: fromStatus<Status, PluginStatus> },
    (next) => {
      if (known && known.agent.version !== next.agent.version) location.reload(); // the upgraded agent has another page
      correct(next.agent.atS);
      known = next;
      showTab(next.agent.hostname, [...next.plugins.values()]); // in no frame: a hidden tab has none
      if (isDrawPlanned) return;
      isDrawPlanned = true;
      requestAnimationFrame(draw);
    },
    (connection) => showConnection(connection, 'not allowed: reload this page, which then says how to get its link'),
  );
}
