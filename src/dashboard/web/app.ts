import type { AgentState } from './agent-state.ts';
import { type Detail, openDetail } from './detail.ts';
import { byId } from './elements.ts';
import { createHostSection } from './host.ts';
import { createPluginList } from './list.ts';
import { followAgent } from './live.ts';
import { fileOf } from './place.ts';
import { createSinks } from './sinks.ts';
import { createAgentSummary, showConnection } from './summary.ts';

/** The page: what comes from the agent is folded into one state, and drawn at most once a frame; an address may name one plugin. */
let known: AgentState | null = null;
let aheadS = 0; // the agent's clock against this browser's
let isDrawAsked = false;
let lastTickAtS: number | null = null;
let detail: Detail | null = null;
let file: string | null = null;

const nowS = () => Date.now() / 1000 + aheadS;
const summary = createAgentSummary();
const sinks = createSinks();
const list = createPluginList();
const host = createHostSection(nowS);

function draw(): void {
  isDrawAsked = false;
  if (!known) return;
  performance.mark('draw');
  const { agent, plugins } = known;
  summary.update(known, nowS());
  sinks.update(agent.sinks, nowS());
  list.update(known, nowS());
  if (file !== null) detail?.update(plugins.get(file) ?? null, agent.hostname);
  if (agent.lastTickAtS !== lastTickAtS || lastTickAtS === null) host.refresh(agent.hostname);
  lastTickAtS = agent.lastTickAtS;
  performance.measure('drawn', 'draw'); // for whoever observes; kept by nobody, for the page stays open for weeks
  performance.clearMeasures();
  performance.clearMarks();
}

function showPlace(isByReader: boolean): void {
  const next = fileOf(location.hash);
  if (next === file && detail !== null) return;
  const left = file;
  detail?.close();
  detail = null;
  file = next;
  if (file !== null) detail = openDetail(file, nowS, leave);
  byId('detail').hidden = file === null;
  byId('overview').hidden = file !== null;
  document.body.classList.toggle('has-detail', file !== null);
  list.select(file);
  draw();
  if (!isByReader) return;
  if (detail) detail.focus();
  else if (left !== null) list.focus(left);
}

function leave(): void {
  location.hash = '';
}

addEventListener('hashchange', () => {
  if (location.hash === '' || fileOf(location.hash) !== null) showPlace(true); // else: a jump within the page
});
addEventListener('keydown', ({ key, target }) => {
  if (key === 'Escape' && file !== null && !(target instanceof HTMLInputElement)) leave();
});
setInterval(() => {
  if (!known || document.hidden) return;
  summary.tick(known, nowS());
  sinks.update(known.agent.sinks, nowS());
  list.tick(nowS());
  detail?.tick();
}, 1000);

showPlace(false);
followAgent((next) => {
  if (known && known.agent.version !== next.agent.version) location.reload(); // the agent was upgraded, and with it this page
  const sinceS = next.agent.atS - nowS();
  if (Math.abs(sinceS) > 2) aheadS += sinceS; // less is the way here, and would make what counts up stumble
  known = next;
  if (isDrawAsked) return;
  isDrawAsked = true;
  requestAnimationFrame(draw);
}, showConnection);
