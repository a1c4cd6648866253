import { isReporting } from '../../model/status.ts';
import type { WallAgent, WallPlugin, WallSink } from '../../model/wall-status.ts';
import { shortDuration } from '../../words/duration.ts';
import { needsALook } from '../../words/state-word.ts';
import { visible } from '../../words/visible.ts';
import type { KnownAgent } from './agent-state.ts';
import { arrange } from './arrange.ts';
import { byId, createRefill, element, setText } from './elements.ts';
import { byTrouble, sinkLook } from './order.ts';
import { showTab } from './page-title.ts';
import { badge } from './parts.ts';
import { createSparklines } from './sparklines.ts';
import { arrivalWords, reportingLook, reportingWords } from './summary.ts';
import { createWallTile, type WallTile } from './wall-tile.ts';
import { agoText } from './words.ts';

const [mostHuge, mostLarge] = [24, 60]; // tiles; more are drawn smaller

/** What a wall screen knows. */
export type WallState = KnownAgent<WallAgent, WallPlugin>;

/** The page of a wall screen: a tile for each plugin, those with trouble first, and the sinks. */
export type Wall = {
  update(known: WallState, nowS: number): void;
  /** Updates the elapsed times. To be called once a second. */
  tick(known: WallState, nowS: number): void;
};

/** Makes the page from elements of wall.html. */
export function createWall(): Wall {
  const tiles = new Map<string, WallTile>();
  const sparklines = createSparklines('/wall/sparklines.json');
  const [reporting, banners, sinks] = [
    createRefill(byId('reporting')),
    createRefill(byId('banners')),
    createRefill(byId('sinks')),
  ];
  let lastTickAtS: number | null = null;

  function tick({ agent }: WallState, nowS: number): void {
    const ticked = agent.lastTickAtS === null ? 'no tick yet' : `last tick ${agoText(agent.lastTickAtS, nowS)}`;
    setText(byId('agent'), `a tick every ${shortDuration(agent.intervalS)} · ${ticked}`);
    sinks(
      agent.sinks.map((sink) => arrivalWords(sink, nowS)),
      () => agent.sinks.map((sink) => sinkItem(sink, nowS)),
    );
  }

  function drawTiles(plugins: WallState['plugins']): void {
    for (const [file, tile] of tiles) {
      if (plugins.has(file)) continue;
      sparklines.forget(tile.element);
      tile.element.remove();
      tiles.delete(file);
    }
    for (const plugin of plugins.values()) {
      const known = tiles.get(plugin.file);
      const tile = known ?? createWallTile(plugin.file);
      tile.update(plugin);
      if (known) continue;
      tiles.set(plugin.file, tile);
      sparklines.follow(tile, plugin.file);
    }
    const ordered = [...plugins.values()].sort(byTrouble);
    arrange(
      byId('tiles'),
      ordered.flatMap(({ file }) => tiles.get(file)?.element ?? []),
    );
  }

  return {
    tick,
    update(known, nowS) {
      const all = [...known.plugins.values()];
      const scripts = all.filter(({ state }) => state !== 'not-a-script');
      const [well, trouble] = [scripts.filter(isReporting).length, scripts.filter(needsALook).length];
      setText(byId('host'), visible(known.agent.hostname));
      showTab(known.agent.hostname, all);
      reporting([well, trouble, scripts.length], () => [
        badge(reportingLook(well, trouble), reportingWords(well, scripts.length, true)),
      ]);
      banners([known.agent.troubles, known.agent.isStopping], () => troublesOf(known.agent));
      byId('tiles').classList.toggle('many', all.length > mostLarge);
      byId('tiles').classList.toggle('few', all.length <= mostHuge);
      drawTiles(known.plugins);
      tick(known, nowS);
      if (known.agent.lastTickAtS !== lastTickAtS) sparklines.refresh();
      lastTickAtS = known.agent.lastTickAtS;
    },
  };
}

function troublesOf({ troubles, isStopping }: WallAgent): readonly HTMLElement[] {
  const sentences: readonly (readonly [isShown: boolean, sentence: string])[] = [
    [isStopping, 'The agent is stopping.'],
    [troubles.hasSuspendedDirectory, 'Plugins are suspended: a directory is not as it should be.'],
    [troubles.isStoreFailing, "Samples can't be stored and are held in memory."],
    [troubles.hasConfigurationProblems, 'The configuration on disk is not in force because it has problems.'],
    [troubles.isOverloaded, 'The agent is overloaded.'],
  ];
  return sentences.flatMap(([isShown, sentence]) =>
    isShown ? [element('div', { class: 'banner warn' }, element('strong', {}, sentence))] : [],
  );
}

function sinkItem(sink: WallSink, nowS: number): HTMLElement {
  return element('li', {}, badge(sinkLook(sink.state), visible(sink.name)), ` ${arrivalWords(sink, nowS)}`);
}
