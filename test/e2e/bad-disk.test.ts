import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { background } from '../helpers/background.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { mountOwnDisk, noOwnDisk, type OwnDisk } from '../helpers/own-disk.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome } from '../helpers/test-daemon.ts';

/** An agent on a disk of its own: samples wait, because no collector is there, and a run hangs. */
function onOwnDisk(): { readonly home: Home; readonly disk: OwnDisk; readonly flags: readonly string[] } {
  const home = makeHome();
  const disk = mountOwnDisk(home.state);
  writePlugin(home.scripts, 'good', '#!/bin/sh\necho "n 1"\n');
  writePlugin(home.scripts, 'hung', `#!/bin/sh\nread go < '${holdFifo().path}'\n`);
  const file = join(tempDir(), 'agent.ini');
  writeFileSync(file, '[agent]\nstop_grace = 1s\nreport_interval = 1s\nhost_metrics = no\n', { mode: 0o600 });
  return { home, disk, flags: ['-f', file, '-e', '-s', home.scripts, '-k', 'KEY', '-c', '127.0.0.1:1'] };
}

describe.skipIf(noOwnDisk !== null)(
  `an agent whose disk goes bad${noOwnDisk ? ` (skipped: ${noOwnDisk})` : ''}`,
  () => {
    test('and takes nothing more ends in order when it is stopped, and says what is lost', async () => {
      const { home, disk, flags } = onOwnDisk();
      const agent = startProgram([...flags, '--state-dir', home.state], { env: { HOME: home.state } });
      await agent.event('sink.lost');
      await agent.event('run.hung');
      disk.makeReadOnly();
      await agent.event('store.failed');
      agent.process.kill('SIGTERM');
      expect([await agent.exit, agent.stderr()]).toEqual([0, '']);
      expect(agent.log.slice(-2)).toMatchObject([
        { event: 'daemon.stopped', runsLeft: 1 },
        { event: 'store.lost', samples: expect.any(Number) },
      ]);
    });

    test('and is gone ends in order when it is stopped, and what waited is in a database at its place', async () => {
      const { home, disk, flags } = onOwnDisk();
      const agent = startProgram([...flags, '--state-dir', home.state], { env: { HOME: home.state } });
      await agent.event('sink.lost');
      disk.vanish();
      await agent.event('files.remade');
      agent.process.kill('SIGTERM');
      expect([await agent.exit, agent.stderr()]).toEqual([0, '']);
      const next = startProgram([...flags, '--state-dir', home.state], { env: { HOME: home.state } });
      await next.event('daemon.started');
      expect(agent.log.map(({ event }) => event)).toContain('store.moved');
      expect(agent.log.map(({ event }) => event)).not.toContain('store.lost');
    });

    test('is stopped in the background by `stop`, be the disk read-only or gone', async () => {
      for (const way of ['makeReadOnly', 'vanish'] as const) {
        const { home, disk, flags } = onOwnDisk();
        const at = background({}, home);
        expect(await at.run(...flags, 'start')).toMatchObject({ status: 0 });
        const pid = at.pid();
        disk[way]();
        const isNoticed = async () => {
          const { stdout } = await at.run(...flags, 'status', '--json');
          if (!stdout.startsWith('{')) return false; // the control socket is gone, and not there again yet
          const status: { readonly storeFailure: string | null } = JSON.parse(stdout);
          return way === 'vanish' || status.storeFailure !== null;
        };
        while (!(await isNoticed()));
        expect(await at.run(...flags, 'stop')).toEqual({ status: 0, stdout: `stopped (pid ${pid})`, stderr: '' });
      }
    });
  },
);
