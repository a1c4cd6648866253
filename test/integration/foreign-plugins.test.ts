import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tempDir } from '../helpers/temp-dir.ts';
import { type ForeignResult, type ForeignRun, runForeignPlugins } from './foreign/foreign-agent.ts';
import { pageFile, rowOf, rowsIn } from './foreign/page.ts';
import { arePackagesHere, type ForeignPlugin, hostPlugins } from './foreign/plugin-list.ts';
import { serverPrograms, startWatchedServers } from './foreign/server-plugins.ts';
import { titleOf } from './set-up.ts';

const needed = {
  ...serverPrograms,
  "the packages of others' plugins": arePackagesHere ? '/usr' : null,
  "root's rights, for munin-run": process.getuid?.() === 0 ? '/' : null,
};

/** Entries of performance data whose values are the same in two runs, by the checks. */
const stableEntries: Readonly<Record<string, readonly string[]>> = {
  nagios_memory: ['mem_total'],
  nagios_swap: ['swap'],
  nagios_swap_in_detail: ['swap_total'],
  nagios_file_age: ['size'],
  nagios_users: ['users'],
  nagios_http: ['size'],
  nagios_mysql_query: ['result'],
  nagios_redis: ['total_keys'],
};

describe.skipIf(Object.values(needed).includes(null))(titleOf("plugins of Debian's packages", needed), () => {
  const cleanUps: (() => void | Promise<void>)[] = [];
  let ran: ForeignRun;

  beforeAll(async () => {
    const whenFinished = (cleanUp: () => void | Promise<void>) => void cleanUps.push(cleanUp);
    ran = await runForeignPlugins([...hostPlugins, ...(await startWatchedServers(whenFinished))], whenFinished);
  });

  afterAll(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  function resultOf(name: string): ForeignResult {
    const result = ran.results.find(({ plugin }) => plugin.name === name);
    if (!result) throw new Error(`there is no ${name}`);
    return result;
  }

  test('report, or not, as docs/foreign-plugins.md says; if not, run `npx tsx test/integration/foreign/page.ts`', () => {
    const anyMachine = ({ reports, ...row }: ReturnType<typeof rowOf>) =>
      reports.endsWith('*') ? { ...row, reports: '*' } : { ...row, reports };
    expect(ran.results.map(rowOf).map(anyMachine)).toEqual(rowsIn(readFileSync(pageFile, 'utf8')).map(anyMachine));
  });

  test('forty and more report, and each that does not says why', () => {
    const reporting = ran.results.filter(({ reports }) => reports !== 'nothing');
    expect(reporting.length).toBeGreaterThanOrEqual(40);
    for (const { plugin, reports, samples, says, values } of ran.results) {
      expect([samples > 0, values.size > 0], plugin.name).toEqual([reports !== 'nothing', reports !== 'nothing']);
      if (reports === 'nothing' || plugin.format === 'nagios') expect(says, plugin.name).not.toBe('');
    }
  });

  test.each(Object.entries(stableEntries))('%s: what the check itself prints is what is sent', (name, labels) => {
    const { plugin, values } = resultOf(name);
    const { stdout, status } = spawnSync('/bin/sh', ['-c', `exec ${plugin.program} ${plugin.args}`], {
      encoding: 'utf8',
    });
    const [, data = ''] = stdout.split('|');
    for (const label of labels) {
      const [, printed] = new RegExp(`(?:^|\\s)'?${label}'?=([-+.0-9eE]+)`).exec(data) ?? [];
      expect(printed, `${label} in ${data}`).toBeDefined();
      expect(values.get(label), label).toBe(Number(printed));
    }
    expect(values.get('state')).toBe(status);
  });

  test('the text of collectors is what is sent, each series under its own name', () => {
    const same = ['directory-size', 'smartmon', 'yum'].map(resultOf);
    for (const { plugin, values } of same.filter(({ reports }) => reports === 'numbers'))
      expect(Object.fromEntries(values), plugin.name).toEqual(seriesIn(textOf(plugin, ran.dirs.prometheus)));
    expect(same.some(({ reports }) => reports === 'numbers')).toBe(true);
  });

  test('munin-run reads the same values', () => {
    const fields = (name: string) => muninRun(resultOf(name).plugin, ran.dirs.munin);
    for (const name of ['postgres_size_ALL', 'postgres_connections_db'])
      expect(Object.fromEntries(resultOf(name).values), name).toEqual(fields(name));
    const near = (name: string, most: number) => {
      const printed = fields(name);
      expect(Object.keys(printed).length).toBeGreaterThan(0);
      for (const [field, value] of Object.entries(printed))
        expect(Math.abs((resultOf(name).values.get(field) ?? Number.NaN) - value), `${name}.${field}`).toBeLessThan(
          most,
        );
    };
    near('uptime', 0.02); // days
    near('df', 2); // percent
  });
});

/** What a collector prints, run where the agent runs it. */
function textOf({ link }: ForeignPlugin, dir: string): string {
  return execFileSync(join(dir, link ?? ''), { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

/** The dotted names and the values of a text for Prometheus whose label values have no quotes. */
function seriesIn(text: string): Readonly<Record<string, number>> {
  const clean = (value: string) => (value === '/' ? 'root' : value.replace(/[^\w-]/g, '_'));
  const series = [...text.matchAll(/^(\w+)(?:\{([^}]*)\})? (\S+)$/gm)].map(([, name = '', labels = '', value]) => {
    const pairs = [...labels.matchAll(/(\w+)="([^"]+)"/g)].map(([, label = '', of = '']) => `.${label}.${clean(of)}`);
    return [`${name}${pairs.toSorted().join('')}`, Number(value)] as const;
  });
  return Object.fromEntries(series);
}

/** What Munin's own tool reads of a plugin, with the same variables: field by field. */
function muninRun({ link, env }: ForeignPlugin, servicedir: string): Readonly<Record<string, number>> {
  const sconfdir = join(tempDir(), 'plugin-conf.d');
  mkdirSync(sconfdir);
  const variables = Object.entries(env).map(([name, value]) => `env.${name} ${value}\n`);
  writeFileSync(join(sconfdir, 'own'), `[*]\nuser root\n${variables.join('')}`);
  const folders = ['--servicedir', servicedir, '--sconfdir', sconfdir];
  const text = execFileSync('/usr/sbin/munin-run', [...folders, basename(link ?? '')], { encoding: 'utf8' });
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)\.value (\S+)$/gm)].map(([, field = '', value]) => [field, Number(value)]),
  );
}
