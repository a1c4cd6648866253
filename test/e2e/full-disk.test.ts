import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { countedPlugin, countedValues, upTo } from '../helpers/counted-plugin.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import type { PrintedLogEntry } from '../helpers/program.ts';
import { secrets } from '../helpers/secrets.ts';
import { canMount, smallDisk } from '../helpers/small-disk.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

/** An agent whose log, pid file, token and database are all on a disk of 3 MiB. */
async function onSmallDisk() {
  const [home, dir, collector] = [makeHome(), tempDir(), await fakeCollector()];
  onTestFinished(collector.close);
  const disk = smallDisk(home.state);
  const plugin = countedPlugin(home.scripts, dir);
  const [file, log, pidFile] = [join(dir, 'agent.ini'), join(home.state, 'a.log'), join(home.state, 'a.pid')];
  const servePage = (isServed: boolean) =>
    writeFileSync(file, `[dashboard]\nenabled = ${isServed}\nlisten = 127.0.0.1:0\n[agent]\nhost_metrics = no\n`);
  servePage(false);
  const flags = ['-f', file, '-s', home.scripts, '--state-dir', home.state, '-p', pidFile, '-H', 'h'];
  const target = ['-k', secrets.apiKey, '-c', `tcp://127.0.0.1:${collector.port}`];
  const agent = startProgram([...flags, ...target, '-e', '-r', '1', '-l', log], { env: { HOME: home.state } });
  const command = async (...words: readonly string[]) => {
    const { stdout, stderr } = await runToEnd([...flags, ...words], { HOME: home.state });
    return stdout + stderr;
  };
  const entries = (): PrintedLogEntry[] =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line)) // whole lines only
      : [];
  const logged = async (event: string, times = 1) => {
    while (entries().filter((entry) => entry.event === event).length < times) await moment();
  };
  return { home, dir, collector, disk, plugin, pidFile, servePage, agent, command, entries, logged };
}

test.skipIf(!canMount)(
  'when a disk that was full has room again, log, pid file, token and database are whole, and each sample has arrived once (skipped where no small file system can be mounted)',
  async () => {
    const { home, dir, collector, disk, plugin, pidFile, servePage, agent, command, entries, logged } =
      await onSmallDisk();
    const values = () => countedValues(collector.lines);
    await collector.until(() => values().length >= 1);
    disk.fill();
    rmSync(pidFile);
    servePage(true);
    while (!(await command('status', '--json')).includes('disk is full'));
    while (!(await command('link')).includes('ENOSPC')) await moment();
    const runs = () => Number(readFileSync(join(dir, 'n'), 'utf8'));
    for (const before = runs(); runs() < before + 3; ) await moment(); // with as many attempts at the pid file
    expect(existsSync(join(home.state, 'dashboard-token'))).toBe(false);
    disk.empty();
    await logged('store.recovered');
    await logged('files.remade');
    servePage(false);
    await logged('config.reloaded', 2);
    servePage(true);
    await logged('dashboard.started');
    expect(Number.parseInt(readFileSync(pidFile, 'utf8'), 10)).toBe(agent.pid);
    expect(JSON.parse(await command('status', '--json'))).toMatchObject({ storeFailure: null });
    const told = entries().map(({ event }) => event);
    for (const event of ['store.failed', 'files.missing', 'dashboard.failed']) expect(told).toContain(event);
    agent.process.kill('SIGTERM');
    expect([await agent.exit, agent.stderr(), existsSync(pidFile)]).toEqual([0, '', false]);
    expect(values()).toEqual(upTo(runs()));
    expect(plugin.isDoubled()).toBe(false);
    const side = join(home.state, 'instrument_server.db-wal');
    expect(existsSync(side) ? statSync(side).size : 0).toBe(0);
  },
);
