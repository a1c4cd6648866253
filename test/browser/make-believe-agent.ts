import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wallStatusNow } from '../../src/dashboard/wall-status.ts';
import type { Advice } from '../../src/model/advice.ts';
import type { Mark } from '../../src/model/mark.ts';
import type { MetricHistory, MetricStatus, Sparkline } from '../../src/model/metric.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import type { PluginAnswer, PluginDetail, PluginStatus, Status, StatusChange } from '../../src/model/status.ts';
import { explanationOf } from '../../src/words/explanation.ts';

const web = fileURLToPath(new URL('../../dist/web/', import.meta.url));
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const pages: Readonly<Record<string, string>> = { '/': 'index.html', '/wall': 'wall.html' };
const policy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

/**
 * All that the make-believe agent knows. Tests change it in place, and send changes with `tell`.
 */
export type World = {
  agent: Omit<Status, 'plugins'>;
  readonly plugins: Map<string, PluginDetail>;
  /** Samples by metric: time and value, in order. */
  readonly samples: Map<string, [atS: number, value: number][]>;
  /** Units by metric; metrics without one are left out. */
  readonly units: Map<string, string>;
  /** What all charts are marked with. */
  marks: readonly Mark[];
  /** The answer if the history is off; null: it is on. */
  historyOff: string | null;
  /** The answer if no plugin has the name that was asked for. */
  missing: Advice;
  /** The files of each request for sparklines, in order. */
  readonly askedSparklines: (readonly string[])[];
  /** Whether it refuses every cookie. */
  refuses: boolean;
};

/**
 * A server on loopback that serves the built page and answers as the agent does, from a world that
 * a test makes up.
 */
export type MakeBelieveAgent = {
  readonly url: string;
  readonly world: World;
  /**
   * Sends these plugins and the agent's state to all pages. Plugins not in the world are removed.
   */
  tell(...files: readonly string[]): void;
  /** Closes all connections and stops listening. Pages get nothing until `begin`. */
  stop(): Promise<void>;
  /** Listens on the same port again. */
  begin(): Promise<void>;
};

/** Starts a server on a port that the system picks. `stop` ends it. */
export async function makeBelieveAgent(world: World): Promise<MakeBelieveAgent> {
  const [followers, walls] = [new Set<ServerResponse>(), new Set<ServerResponse>()];
  const server = createServer(({ url = '/' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://agent');
    const document = documentAt(world, pathname, searchParams);
    if (world.refuses) response.writeHead(401).end('open the link that the agent logs at its start');
    else if (pathname === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(eventText('status', statusOf(world)));
      followers.add(response);
      response.once('close', () => followers.delete(response));
    } else if (pathname === '/wall/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.write(wallEvent(world));
      walls.add(response);
      response.once('close', () => walls.delete(response));
    } else if (typeof document === 'string')
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end(document);
    else if (document !== null)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    else serveFile(pages[pathname] ?? pathname.replace(/^\/web\//, ''), response);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    world,
    tell(...files) {
      const plugins = files.flatMap((file) => world.plugins.get(file) ?? []).map(inTheList);
      const change: StatusChange = {
        agent: agentOf(world),
        plugins,
        removed: files.filter((file) => !world.plugins.has(file)),
      };
      for (const follower of followers) follower.write(eventText('change', change));
      const shown = wallStatusNow({ agent: change.agent, plugins });
      const ofWall = eventText('change', { ...shown, plugins: [...shown.plugins], removed: change.removed });
      for (const wall of walls) wall.write(ofWall);
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    begin: () => listen(port),
  };
}

/** Returns a document. A string: the text of a 404. Null: the path is that of a file. */
function documentAt(world: World, pathname: string, query: URLSearchParams): object | string | null {
  const get = (name: string) => query.get(name) ?? '';
  switch (pathname) {
    case '/status.json':
      return statusOf(world);
    case '/plugin.json': {
      const found = [...world.plugins.values()].filter(
        ({ file, name }) => file === get('name') || name === get('name'),
      );
      if (found.length > 0) return { plugins: found, missing: null, advice: null } satisfies PluginAnswer;
      const advice = world.missing;
      return { plugins: [], missing: explanationOf(advice), advice } satisfies PluginAnswer;
    }
    case '/metrics.json':
      return world.historyOff ?? metricsOf(world, get('prefix'));
    case '/wall/sparklines.json':
    case '/sparklines.json':
      world.askedSparklines.push(get('names').split('/'));
      return world.historyOff ?? sparklinesOf(world, get('names').split('/'));
    case '/history.json':
      return world.historyOff ?? historyOf(world, get('metric'), Number(get('from')), Number(get('to')));
    default:
      return null;
  }
}

function statusOf(world: World): Status {
  return { ...agentOf(world), plugins: [...world.plugins.values()].map(inTheList) };
}

function eventText(event: 'status' | 'change', data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** The whole status of a wall, which the agent's own code cuts down. */
function wallEvent(world: World): string {
  const { agent, plugins } = wallStatusNow({ agent: agentOf(world), plugins: statusOf(world).plugins });
  return eventText('status', { ...agent, plugins: [...plugins] });
}

/** Returns the agent's part of the status, with the present time. */
function agentOf({ agent }: World): World['agent'] {
  return { ...agent, atS: Math.floor(Date.now() / 1000) };
}

/** Returns the plugin without the fields that only the detail has. */
function inTheList({
  firstBadLines: _lines,
  looksLike: _format,
  stderr: _stderr,
  output: _output,
  recentRuns: _runs,
  settings: _settings,
  ...plugin
}: PluginDetail): PluginStatus {
  return plugin;
}

function metricsOf({ samples }: World, prefix: string): readonly MetricStatus[] {
  return [...samples].flatMap(([metric, points]) => {
    const last = points.at(-1);
    return last && metric.startsWith(prefix) ? [{ metric, lastAtS: last[0], lastValue: last[1] }] : [];
  });
}

/** A line of the first metric of each of these plugins: its last 120 samples, in 60 points. */
function sparklinesOf({ agent, plugins, samples, units }: World, files: readonly string[]): readonly Sparkline[] {
  return files.flatMap((file) => {
    const prefix = `${agent.hostname}.${plugins.get(file)?.name}.`;
    const found = [...samples].find(([metric]) => metric.startsWith(prefix));
    if (!found) return [];
    const [metric, points] = found;
    const step = Math.ceil(Math.min(120, points.length) / 60);
    const thinned = points.slice(-120).filter((_, index, all) => (all.length - 1 - index) % step === 0);
    const unit = units.get(metric);
    return [{ file: pluginFile(file), metric, ...(unit !== undefined && { unit }), points: thinned }];
  });
}

/** Returns up to 1,000 samples as they are. More are thinned to means, as the agent does. */
function historyOf({ samples, units, marks: all }: World, metric: string, fromS: number, toS: number): MetricHistory {
  const unit = units.get(metric);
  const marks = all.filter(({ atS }) => atS >= fromS && atS <= toS);
  const of = { metric, ...(unit !== undefined && { unit }), fromS, toS, ...(marks.length > 0 && { marks }) };
  const within = (samples.get(metric) ?? []).filter(([atS]) => atS >= fromS && atS <= toS);
  if (within.length <= 1000)
    return { ...of, stepS: 0, points: within.map(([atS, value]) => [atS, value, value, value]) };
  const stepS = Math.ceil((toS - fromS) / 900 / 300) * 300;
  const steps = new Map<number, number[]>();
  for (const [atS, value] of within) {
    const beginsAtS = Math.floor(atS / stepS) * stepS;
    steps.set(beginsAtS, [...(steps.get(beginsAtS) ?? []), value]);
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const points = [...steps].map(
    ([atS, values]) => [atS, mean(values), Math.min(...values), Math.max(...values)] as const,
  );
  return { ...of, stepS, points };
}

function serveFile(name: string, response: ServerResponse): void {
  const type = types[extname(name)];
  const path = `${web}${name}`;
  if (type === undefined || name.includes('/') || !existsSync(path)) {
    response.writeHead(404).end();
    return;
  }
  response
    .writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy })
    .end(readFileSync(path));
}
