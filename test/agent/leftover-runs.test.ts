import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { formerRuns } from '../../src/agent/leftover-runs.ts';
import { RunRecords } from '../../src/io/process/fifo/run-records.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { untilEnded } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome, testConfig } from '../helpers/test-daemon.ts';
import { directories, foreignDirectory, pluginSections } from './directories-set-up.ts';

const formerAgent = String(2 ** 22 + 1); // no process has an id above 2^22

/** A process that leads a session and waits, with this environment; it ends with the test. */
async function leader(env: Readonly<Record<string, string>>): Promise<number> {
  const hold = holdFifo();
  const child = spawn('/bin/sh', ['-c', `echo; exec >&-; read -r _ < '${hold.path}'`], {
    detached: true,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  onTestFinished(async () => {
    hold.release();
    await untilEnded(child.pid ?? 0);
  });
  return child.pid ?? 0;
}

/** The records of an agent that was killed, and what the next one finds by them. */
function killedAgent(change: Parameters<typeof testConfig>[1]) {
  const dir = tempDir();
  const records = new RunRecords(dir, formerAgent);
  const config = testConfig(makeHome(), change);
  return {
    records,
    path: records.path,
    runs: () => formerRuns(dir, config, Date.now()).runs.map(({ file, process }) => [file, process.pid]),
  };
}

describe.runIf(process.platform === 'linux')('a run whose identity is longer than a record', () => {
  const long = 'x'.repeat(250);

  test('is not taken for another one that begins alike', async () => {
    const path = foreignDirectory();
    for (const end of ['a', 'b']) writePlugin(path, `${long}${end}`, '#!/bin/sh\n', 0o755);
    const command = `${long}${long}`;
    const at = killedAgent({
      ...directories({ directory: { path } }),
      ...pluginSections({ [`${command}1`]: { command: ['/bin/true'] }, [`${command}2`]: { command: ['/bin/true'] } }),
    });
    const files = [`directory/${long}b`, `directory/${long}a`, `command/${command}2`];
    const expected: [string, number][] = [];
    for (const [pair, file] of files.entries()) {
      at.records.starting(pair, file);
      const pid = await leader({});
      at.records.started(pair, pid);
      expected.push([file, pid]);
    }
    expect(at.runs()).toEqual(expected);
  });

  test('is taken for no plugin if it is none of the configuration', async () => {
    const at = killedAgent({});
    at.records.starting(0, `directory/${long}b`);
    const pid = await leader({});
    at.records.started(0, pid);
    expect(at.runs()).toEqual([[expect.stringMatching(/^directory\/x{245}… \([0-9a-f]{16}\)$/), pid]]);
  });

  test('is read as it is where an older agent has kept no hash', async () => {
    const at = killedAgent({});
    at.records.starting(0, `directory/${long}b`);
    const pid = await leader({});
    at.records.started(0, pid);
    writeFileSync(at.path, readFileSync(at.path).fill(0, 270));
    expect(at.runs()).toEqual([[`directory/${'x'.repeat(245)}`, pid]]);
  });
});

describe.runIf(process.platform === 'linux')('a run of which a killed agent did not note the process', () => {
  test('is found by the environment of its command, and no other program in / is taken for it', async () => {
    const at = killedAgent(pluginSections({ disk: { command: ['/bin/true'] } }));
    at.records.starting(0, 'command/disk');
    await leader({ PWD: '/' });
    await leader({ PWD: '/', INSTRUMENT_SERVER_PLUGIN: 'command/other' });
    expect(at.runs()).toEqual([]);
    const pid = await leader({ PWD: '/', INSTRUMENT_SERVER_PLUGIN: 'command/disk' });
    expect(at.runs()).toEqual([['command/disk', pid]]);
  });

  test('is found by the directory of its plugin', async () => {
    const path = join(foreignDirectory(), 'munin');
    const at = killedAgent(directories({ munin: { path } }));
    at.records.starting(0, 'munin/load');
    await leader({ PWD: '/' });
    const pid = await leader({ PWD: path });
    expect(at.runs()).toEqual([['munin/load', pid]]);
  });
});
