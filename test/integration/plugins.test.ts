import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import {
  busyboxTools,
  type ExampleRun,
  exampleNames,
  installExample,
  onlyPrograms,
  runExample,
  systemPrograms,
} from '../helpers/example.ts';
import { fakeCollector, tlsFile } from '../helpers/fake-collector.ts';
import { fixture } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { nginxProgram } from './servers/nginx.ts';
import { findProgram, freePorts, until } from './servers/server.ts';
import type { Watched } from './servers/watched.ts';
import { nowS, titleOf } from './set-up.ts';
import { type WatchedServer, watchedServers } from './watched-servers.ts';

const busybox = findProgram('busybox');
const isHere = ({ program }: WatchedServer) => !Object.values(program).includes(null);
const running = new Map<string, Watched>();
const cleanUps: (() => void | Promise<void>)[] = [];

beforeAll(async () => {
  const start = async (server: WatchedServer) =>
    running.set(server.plugin, await server.start((cleanUp) => cleanUps.push(cleanUp)));
  await Promise.all(watchedServers.filter(isHere).map(start));
});

afterAll(async () => {
  for (const server of running.values()) await server.stop();
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

function watched(plugin: string): Watched {
  const server = running.get(plugin);
  if (!server) throw new Error(`${plugin} has no server`);
  return server;
}

/** What a run reports that went well: the agent takes every line. */
async function reported(running: Promise<ExampleRun>): Promise<ExampleRun['values']> {
  const run = await running;
  expect(run).toMatchObject({ status: 0, stderr: '', badLines: [] });
  return run.values;
}

describe.each(watchedServers)('$plugin', (server) => {
  const { plugin, program, figures, counters, down, complaint } = server;
  describe.skipIf(!isHere(server))(titleOf('against the real server', program), () => {
    test('reports what the server counts, and no rate at its first run', async () => {
      const values = await reported(runExample(plugin, { env: watched(plugin).env }));
      expect(values).toMatchObject(figures);
      expect(Object.keys(values)).toEqual(expect.arrayContaining(Object.keys(counters)));
      expect(Object.keys(values).filter((name) => name.endsWith('_per_second'))).toEqual([]);
    });

    test('reports rates from the last run on, each as much as its counter has grown a second', async () => {
      const { env, use } = watched(plugin);
      const first = await runExample(plugin, { env });
      const endedAtS = nowS() - 10;
      await use();
      // PostgreSQL counts a session's work a moment later
      const hasCounted = ({ values }: ExampleRun) =>
        Object.entries(counters).every(([name, atLeast]) => (values[name] ?? 0) >= (first.values[name] ?? 0) + atLeast);
      const second = await until(
        () => runExample(plugin, { env, lastRun: { endedAtS, stdout: first.stdout } }),
        hasCounted,
      );
      const untilS = nowS() + 1;
      const values = await reported(Promise.resolve(second));
      const rates = Object.keys(values).filter((name) => name.endsWith('_per_second'));
      expect(rates).toEqual(expect.arrayContaining(Object.keys(counters).map((name) => `${name}_per_second`)));
      for (const rate of rates) {
        const counter = rate.replace(/_per_second$/, '');
        const grown = (values[counter] ?? Number.NaN) - (first.values[counter] ?? Number.NaN);
        expect(values[rate], rate).toBeGreaterThanOrEqual(grown / (untilS - endedAtS) - 0.001);
        expect(values[rate], rate).toBeLessThanOrEqual(grown / 10 + 0.001);
      }
    });

    test('reports no rate of a counter that has gone back', async () => {
      const { env } = watched(plugin);
      const stdout = Object.keys(counters)
        .map((name) => `${name} 9999999999999\n`)
        .join('');
      const values = await reported(runExample(plugin, { env, lastRun: { endedAtS: nowS() - 10, stdout } }));
      expect(Object.keys(values).filter((name) => name.endsWith('_per_second'))).toEqual([]);
    });

    test.skipIf(busybox === null)(titleOf('reports the same with the tools of busybox', { busybox }), async () => {
      const { env } = watched(plugin);
      const path = `${busyboxTools(tempDir(), busybox ?? '')}:${process.env['PATH']}`;
      const small = { env, path, shell: [busybox ?? '', 'sh'] };
      const first = await runExample(plugin, small);
      const lastRun = { endedAtS: nowS() - 10, stdout: first.stdout };
      const names = async (run: Promise<ExampleRun>) => Object.keys(await reported(run));
      expect(await names(Promise.resolve(first))).toEqual(await names(runExample(plugin, { env })));
      expect(await names(runExample(plugin, { ...small, lastRun }))).toEqual(
        await names(runExample(plugin, { env, lastRun })),
      );
    });

    test('reports nothing but one line that says why, with status 1, when the server is down', async () => {
      const [port = 0] = await freePorts(1);
      const run = await runExample(plugin, { env: down(port) });
      expect(run).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(complaint) });
      expect(run.stderr).toMatch(/^[^\n]+\n$/);
    });
  });
});

describe.skipIf(nginxProgram === null)(titleOf('nginx_status.sh without curl', { nginx: nginxProgram }), () => {
  test.each([
    ['wget', findProgram('wget')],
    ['the wget of busybox', busybox],
  ])('asks %s', async (_name, program) => {
    const { env } = watched('nginx_status.sh');
    const path = onlyPrograms(tempDir(), systemPrograms);
    if (program) symlinkSync(program, join(path, 'wget'));
    const run = runExample('nginx_status.sh', { env, path });
    if (program) expect(await reported(run)).toMatchObject({ requests: expect.any(Number) });
    else
      expect(await run).toMatchObject({
        status: 1,
        stderr: 'neither curl nor wget is installed; install one of them\n',
      });
  });
});

const programs = Object.assign({}, ...watchedServers.map(({ program }) => program));

describe.skipIf(!watchedServers.every(isHere))(
  titleOf('all sample plugins in the directory of one agent', programs),
  () => {
    test('arrive at the collector, rates too, and no line is refused', async () => {
      const dir = tempDir();
      const scripts = join(dir, 'scripts');
      mkdirSync(scripts, { mode: 0o700 });
      for (const name of exampleNames) installExample(scripts, name);
      const collector = await fakeCollector();
      onTestFinished(() => collector.close());
      const environments = watchedServers.map(
        ({ plugin }) => [plugin, watched(plugin).otherEnv ?? watched(plugin).env] as const,
      );
      const sections = environments.map(([plugin, env]) => section(plugin, env));
      writeFileSync(
        join(dir, 'agent.ini'),
        `[agent]
hostname = web-1
report_interval = 1s
host_metrics = false
state_dir = ${dir}/state
[collector]
api_key = abc
address = tcp://127.0.0.1:${collector.port}
[scripts]
enabled = true
location = ${scripts}
[env]
PATH = ${fixture('clients')}:${process.env['PATH']}
${sections.join('')}${section('certificate_expiry.sh', { CERT_FILES: tlsFile('localhost.crt') })}`,
        { mode: 0o600 },
      );
      const agent = startProgram(['-f', join(dir, 'agent.ini')]);
      const expected = [
        'mysql_status.Queries_per_second',
        'redis_status.total_commands_processed_per_second',
        'postgresql_status.transactions.commits_per_second',
        'nginx_status.requests_per_second',
        'mongo_status.opcounters.insert_per_second',
        'docker_stats.web_1.cpu_percent',
        'systemd_units.units.failed',
        'certificate_expiry.unreadable',
      ];
      const has = (name: string) => collector.lines.some((line) => line.startsWith(`gauge web-1.${name} `));
      await collector.until(() => expected.every(has));
      const troubles = ['run.bad-lines', 'run.failed', 'plugin.rejected', 'run.stderr'];
      expect(agent.log.filter(({ event }) => troubles.includes(event))).toEqual([]);
    });
  },
);

/** The section of a plugin, as examples/README.md shows it. */
function section(plugin: string, env: Readonly<Record<string, string>>): string {
  const lines = Object.entries(env).map(([name, value]) => `env.${name} = "${value}"\n`);
  return `[plugin:${plugin.replace(/\.sh$/, '')}]\n${lines.join('')}`;
}
