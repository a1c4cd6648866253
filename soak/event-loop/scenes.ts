import { chmodSync, closeSync, openSync, renameSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { writeShellPlugins } from '../../bench/agent.ts';
import { makeBacklog } from '../../bench/backlog.ts';
import { startCollector } from '../../bench/collector.ts';
import { openDatabase } from '../../src/io/disk/database.ts';
import { pause } from '../agent.ts';
import { fillSpool } from './fill-spool.ts';
import { type LoopFigures, startWatched, type WatchedAgent, type WatchedPlace } from './watched-agent.ts';

/** What a scene has measured, and what is to be said of it beside the figures. */
/** `isStatusBound` false: how long a status takes is shown and not judged. */
type Played = { readonly figures: LoopFigures; readonly notes: string; readonly isStatusBound?: boolean };

type Scene = (size: number) => Promise<Played>;

const deaf = ['-k', 'KEY', '-c', 'tcp://127.0.0.1:9']; // a collector that refuses each connection
const mib = 1024 * 1024;

/** All scenes by name. `size` 1: as large as the promise is made for. */
export const eventLoopScenes: Readonly<Record<string, Scene>> = {
  page: openPage,
  names: newNames,
  plugins: manyPlugins,
  'page-of-plugins': pageOfPlugins,
  opening: largeDatabase,
  salvage: damagedDatabase,
  'salvage-at-start': damagedBeforeStart,
  trimming: loweredBound,
  configuration: largeConfiguration,
};

function secondsSince(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

function configure({ dir }: WatchedPlace, text: string): void {
  const path = join(dir, 'agent.ini');
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

const metricsOn = '[dashboard]\nmetrics = true\n';

/** Three million samples wait, and all that a page and a scraper ask for is asked at once. */
async function openPage(size: number): Promise<Played> {
  const samples = Math.round(3_000_000 * size);
  const agent = await startWatched(['-r', '1', ...deaf], (place) => {
    makeBacklog(place.state, samples);
    followFromStart(place);
    configure(place, `[spool]\nmax_size = 1GiB\n${metricsOn}`);
    writeShellPlugins(place.scripts, 20);
  });
  await pause(1);
  await agent.figures();
  const beganMs = performance.now();
  const [metrics, exported] = await Promise.all([
    agent.ask('/metrics.json'),
    agent.ask('/metrics'),
    ...[0, 1, 2, 3].map((n) =>
      agent.ask(`/history.json?metric=bench-host.plugin_${n}.metric_${n}&from=1600000000&to=1900000000`),
    ),
    agent.follow(5),
  ]);
  return over(agent, `${samples} samples, asked for ${secondsSince(beganMs)}, ${metrics} and ${exported} bytes`);
}

/** Lets the history begin before everything that waits. */
function followFromStart({ state }: WatchedPlace): void {
  const db = openDatabase(join(state, 'instrument_server.db'));
  db.exec('UPDATE history_state SET block = 0');
  db.close();
}

/** One plugin prints 200,000 other names in each run, in 16 MiB at most. */
async function newNames(size: number): Promise<Played> {
  const names = Math.round(200_000 * size);
  const agent = await startWatched(['-r', '10', ...deaf, '--debug'], (place) => {
    configure(place, `[scripts]\nmax_names = 10000000\n[spool]\nmax_size = 1GiB\n${metricsOn}`);
    const path = join(place.scripts, 'names.sh');
    const pad = 'a'.repeat(50);
    writeFileSync(
      path,
      `#!/bin/sh\nexec awk -v r=$$ 'BEGIN { for (i = 0; i < ${names}; i++) print "n" r ".${pad}" i, i }'\n`,
    );
    chmodSync(path, 0o700);
  });
  await agent.entry('run.finished');
  await agent.entry('run.finished');
  await agent.figures();
  const beganMs = performance.now();
  await agent.entry('run.finished');
  await pause(8);
  const lengths = await Promise.all([agent.ask('/metrics.json'), agent.ask('/metrics'), agent.follow(3)]);
  return over(agent, `${names} new names a run, ${secondsSince(beganMs)}, ${lengths[0]} bytes of metrics`);
}

/** The first scan of 10,000 plugins. They run once an hour. */
async function manyPlugins(size: number): Promise<Played> {
  const plugins = Math.round(10_000 * size);
  const empty = await startWatched(deaf);
  await empty.stop();
  const agent = await startWatched(['-r', '3600', ...deaf], (place) => {
    configure(place, metricsOn);
    writeShellPlugins(place.scripts, plugins);
  });
  await agent.figures(); // it answers before the scan is over: these are of loading the program
  await pause(25);
  const times = `first answer after ${agent.answeredAfterMs.toFixed(0)} ms, ${empty.answeredAfterMs.toFixed(0)} with none`;
  return over(agent, `${plugins} plugins, ${times}`);
}

/** A page follows 10,000 plugins, and asks for other long documents, which keep status waiting. */
async function pageOfPlugins(size: number): Promise<Played> {
  const plugins = Math.round(10_000 * size);
  const agent = await startWatched(['-r', '3600', ...deaf], (place) => {
    configure(place, metricsOn);
    writeShellPlugins(place.scripts, plugins);
  });
  await pause(8);
  await agent.figures();
  await Promise.all([agent.follow(8), agent.ask('/metrics'), agent.ask('/plugin.json?name=no_such_plugin')]);
  return { ...(await over(agent, `${plugins} plugins`)), isStatusBound: false };
}

/** A database of 256 MiB in small blocks is opened. */
async function largeDatabase(size: number): Promise<Played> {
  const empty = await startWatched(deaf);
  await empty.stop();
  const agent = await startWatched(deaf, (place) => fillSpool(place.state, 256 * mib * size));
  await agent.figures(); // the start is in the time until the first answer
  await pause(3);
  const beside = `first answer after ${agent.answeredAfterMs.toFixed(0)} ms, ${empty.answeredAfterMs.toFixed(0)} with none`;
  return over(agent, beside);
}

/** A database of 256 MiB is damaged while the agent sends from it, and salvaged. */
async function damagedDatabase(size: number): Promise<Played> {
  const collector = await startCollector();
  const listening = ['-k', 'KEY', '-c', `tcp://127.0.0.1:${collector.port}`];
  const agent = await startWatched(['-r', '1', ...listening, '--debug'], (place) => {
    fillSpool(place.state, 256 * mib * size);
    writeShellPlugins(place.scripts, 20);
  });
  await pause(1);
  await agent.figures();
  const beganMs = performance.now();
  const salvaged = agent.entry('store.salvaged').then(() => 'salvaged in');
  damage(join(agent.state, 'instrument_server.db'));
  const what = await Promise.race([salvaged, pause(120).then(() => 'NOT SALVAGED after')]);
  const played = await over(agent, `${what} ${secondsSince(beganMs)}`);
  await collector.stop();
  return played;
}

/** A database of 256 MiB was damaged before the start. */
async function damagedBeforeStart(size: number): Promise<Played> {
  const agent = await startWatched(deaf, (place) => {
    fillSpool(place.state, 256 * mib * size);
    damage(join(place.state, 'instrument_server.db'));
  });
  const beganMs = performance.now();
  await agent.figures(); // it answers before the salvage is over: these are of loading the program
  await agent.entry('daemon.started');
  return over(agent, `salvaged in ${secondsSince(beganMs)}, first answer after ${agent.answeredAfterMs.toFixed(0)} ms`);
}

function damage(path: string): void {
  const file = openSync(path, 'r+');
  const pages = Math.floor(statSync(path).size / 4096);
  for (let hit = 0; hit < 200; hit += 1)
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, (1 + Math.floor((hit * pages) / 200)) * 4096);
  closeSync(file);
}

/** 256 MiB wait, and the bound is lowered to 1 MiB while plugins run. */
async function loweredBound(size: number): Promise<Played> {
  const agent = await startWatched(['-r', '1', ...deaf], (place) => {
    fillSpool(place.state, 256 * mib * size);
    writeShellPlugins(place.scripts, 20);
    configure(place, '[spool]\nmax_size = 256MiB\n');
  });
  await agent.figures();
  const beganMs = performance.now();
  configure(agent, '[spool]\nmax_size = 1MiB\n');
  await pause(30);
  return over(agent, `trimmed for ${secondsSince(beganMs)}`);
}

/** A configuration of almost 1 MB at the start, one with other values, and one of 10 MB. */
async function largeConfiguration(size: number): Promise<Played> {
  const text = (sections: number, value: number) =>
    Array.from(
      { length: Math.round(sections * size) },
      (_, index) =>
        `[plugin:plugin_${index}]\ninterval = 30s\nenv.NAME_${index} = value ${index === 0 ? value : 0} of a variable\n`,
    ).join('');
  const agent = await startWatched(deaf, (place) => {
    configure(place, text(12_500, 1));
    writeShellPlugins(place.scripts, 20);
  });
  await agent.figures(); // the start is in the time until the first answer
  const beganMs = performance.now();
  const reloaded = agent.entry('config.reloaded');
  configure(agent, text(12_500, 2));
  await Promise.race([reloaded, pause(60)]);
  const notes = `first answer after ${agent.answeredAfterMs.toFixed(0)} ms, reload in ${secondsSince(beganMs)}`;
  const refused = agent.entry('config.refused');
  configure(agent, text(125_000, 3));
  await Promise.race([refused, pause(60)]);
  return over(agent, `${(text(125_000, 3).length / 1e6).toFixed(1)} MB, ${notes}`);
}

async function over(agent: WatchedAgent, notes: string): Promise<Played> {
  const figures = await agent.figures();
  await agent.stop();
  return { figures, notes };
}
