import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Status } from '../../../src/model/status.ts';
import { fakeCollector } from '../../helpers/fake-collector.ts';
import { spawnProgram } from '../../helpers/program.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import type { WhenFinished } from '../servers/server.ts';
import type { ForeignPlugin } from './plugin-list.ts';

/** What became of a plugin. */
export type ForeignResult = {
  readonly plugin: ForeignPlugin;
  /** `numbers`: samples; `state`: that of a check alone; `nothing`: no sample. */
  readonly reports: 'numbers' | 'state' | 'nothing';
  /** How many samples its last run gave. */
  readonly samples: number;
  /** The message of a check, or why nothing is reported; empty: there is nothing to say. */
  readonly says: string;
  /** The newest value of each of its metrics, by the name behind `HOST.PLUGIN.`. */
  readonly values: ReadonlyMap<string, number>;
};

/** What an agent made of plugins, and where the links to them are. */
export type ForeignRun = {
  readonly results: readonly ForeignResult[];
  readonly dirs: Readonly<Record<'munin' | 'prometheus', string>>;
};

/**
 * Runs the built agent with these plugins, as their packages install them, until each has run
 * twice: in a directory of links, or as a command.
 */
export async function runForeignPlugins(
  plugins: readonly ForeignPlugin[],
  whenFinished: WhenFinished,
): Promise<ForeignRun> {
  const dir = tempDir(whenFinished);
  const collector = await fakeCollector();
  whenFinished(() => collector.close());
  const dirs = { munin: join(dir, 'munin'), prometheus: join(dir, 'collectors') };
  for (const path of Object.values(dirs)) mkdirSync(path, { mode: 0o755 });
  for (const { format, link, program } of plugins)
    if (link !== null && format !== 'nagios') symlinkSync(program, join(dirs[format], link));
  const file = join(dir, 'agent.ini');
  writeFileSync(file, configuration(dir, collector.port, dirs, plugins), { mode: 0o600 });
  const options = { env: { HOME: dir } };
  const agent = spawnProgram(['-f', file, '--debug'], options);
  whenFinished(async () => {
    agent.process.kill('SIGKILL');
    await agent.exit;
  });
  const runs = new Map<unknown, number>();
  let heard = 0;
  await agent.until(() => {
    for (const { event, plugin } of agent.log.slice(heard))
      if (event === 'run.finished') runs.set(plugin, (runs.get(plugin) ?? 0) + 1);
    heard = agent.log.length;
    return plugins.every((plugin) => (runs.get(fileOf(plugin)) ?? 0) >= 2);
  });
  const shown = spawnProgram(['-f', file, 'status', '--json'], options);
  await shown.exit;
  const status: Status = JSON.parse(shown.printed.concat(shown.log.map((entry) => JSON.stringify(entry))).join('\n'));
  agent.process.kill('SIGTERM'); // what is not sent yet, is then
  await agent.exit;
  return { results: plugins.map((plugin) => resultOf(plugin, status, collector.lines, dir)), dirs };
}

function configuration(dir: string, port: number, dirs: ForeignRun['dirs'], plugins: readonly ForeignPlugin[]): string {
  const sections = plugins.flatMap(({ name, format, program, link, args, env }) => {
    const lines = Object.entries(env).map(([variable, value]) => `env.${variable} = "${value}"\n`);
    if (link !== null) return lines.length === 0 ? [] : [`[plugin:${name}]\n${lines.join('')}`];
    return [`[plugin:${name}]\ncommand = ${program} ${args}\nformat = ${format}\n${lines.join('')}`];
  });
  return `[agent]
hostname = web1
report_interval = 2s
host_metrics = false
state_dir = ${dir}/state
[collector]
api_key = abc
address = tcp://127.0.0.1:${port}
[dashboard]
enabled = false
[directory:munin]
path = ${dirs.munin}
format = munin
[directory:collectors]
path = ${dirs.prometheus}
format = prometheus
${sections.join('')}`;
}

function fileOf({ format, link, name }: ForeignPlugin): string {
  if (link === null) return `command/${name}`;
  return `${format === 'munin' ? 'munin' : 'collectors'}/${link}`;
}

function resultOf(plugin: ForeignPlugin, { plugins }: Status, lines: readonly string[], dir: string): ForeignResult {
  const found = plugins.find(({ file }) => file === fileOf(plugin));
  const { samples = 0, message = '', lastStderr = null } = found?.lastRun ?? {};
  const isReporting = (samples ?? 0) > 0;
  const isState = plugin.format === 'nagios' && samples === 1;
  const why = lastStderr ?? found?.reasons[0]?.sentence.split('; ')[0] ?? '';
  const prefix = `gauge web1.${plugin.name}.`;
  const values = lines.flatMap((line): readonly (readonly [string, number])[] => {
    const [metric = '', value = ''] = line.startsWith(prefix) ? line.slice(prefix.length).split(' ') : [];
    return metric === '' ? [] : [[metric, Number(value)]];
  });
  return {
    plugin,
    reports: isState ? 'state' : isReporting ? 'numbers' : 'nothing',
    samples: samples ?? 0,
    says: (plugin.format === 'nagios' && isReporting ? message : isReporting ? '' : why).replaceAll(`${dir}/`, ''),
    values: new Map(values),
  };
}
