import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Exit } from '../../../../src/io/process/launch/launcher.ts';
import { bundle } from '../../../helpers/bundle.ts';
import { writePlugin } from '../../../helpers/install-plugin.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { makePlace } from './launchers.ts';

type Report = { exits: Exit[]; after: Exit | null; pipes: string[]; stdout: string };

const child = fileURLToPath(new URL('launchers-child.ts', import.meta.url));

const textOf = (stream: Readable | null) => (stream ? text(stream) : Promise.resolve(''));

/** Runs a script `count` times at once in an agent of its own. */
async function runElsewhere(
  kind: string,
  body: string,
  count: number,
  options: { nofile?: number; inherited?: readonly number[] } = {},
): Promise<Report> {
  const place = makePlace();
  const script = writePlugin(place.scripts, 'p', body);
  const node = [process.execPath, bundle(child, tempDir()), kind, place.scripts, place.pipes, script, String(count)];
  const [command = '', ...args] = options.nofile ? ['prlimit', `--nofile=${options.nofile}`, ...node] : node;
  const stdio: ('ignore' | 'pipe' | number)[] = ['ignore', 'pipe', 'pipe', ...(options.inherited ?? [])];
  const agent = spawn(command, args, { stdio });
  onTestFinished(() => void agent.kill('SIGKILL'));
  const [stdout, stderr, status] = await Promise.all([
    textOf(agent.stdout),
    textOf(agent.stderr),
    new Promise((resolve) => agent.on('close', resolve)),
  ]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe.each([
  { kind: 'posix_spawn', nofile: 80 },
  { kind: 'fork', nofile: 80 },
  { kind: 'spawn', nofile: 80 },
])('an agent that starts scripts by $kind', ({ kind, nofile }) => {
  test('and has few descriptors says so of those that could not be started, lives on, and leaves nothing open', async () => {
    const { exits, after, pipes } = await runElsewhere(kind, '#!/bin/sh\nsleep 0.2\n', 80, { nofile });
    const started = exits.filter((exit) => exit.kind === 'exited');
    const others = exits.filter((exit) => exit.kind !== 'exited');
    expect(started.length).toBeGreaterThan(0);
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter((exit) => exit.kind !== 'not-started' || exit.code !== 'EMFILE')).toEqual([]);
    expect([after, pipes]).toEqual([{ kind: 'exited', status: 0 }, []]);
  });

  test('hands none of the descriptors down that it was started with: a script has 0, 1 and 2', async () => {
    const inherited = Array.from({ length: 30 }, () => openSync(child, 'r'));
    onTestFinished(() => inherited.forEach((fd) => void closeSync(fd)));
    const { stdout } = await runElsewhere(kind, '#!/bin/sh\nexec ls -l /proc/self/fd\n', 1, { inherited });
    const open = [...stdout.matchAll(/ (\d+) -> (.*)$/gm)].filter(
      ([, , target]) => !/^\/proc\/\d+\/fd$/.test(target ?? ''),
    );
    expect(open.map(([, fd]) => fd)).toEqual(['0', '1', '2']);
  });
});

test('a script for which only one of two pipes can be opened was not started, and neither is left', async () => {
  const { exits, pipes } = await runElsewhere('cramped', '#!/bin/sh\n', 1);
  expect([exits, pipes]).toMatchObject([[{ kind: 'not-started', failedAt: 'set-up', code: 'EMFILE' }], []]);
});
