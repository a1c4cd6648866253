import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { agentIn, claimPidFile, pidFileText, runningAgent } from '../../src/cli/pidfile.ts';
import { systemEdges } from '../../src/io/edges.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const alive = { pid: 4711, startedAt: 'boot:99' };
const processes = {
  isAlive: ({ pid, startedAt }: typeof alive) => pid === alive.pid && startedAt === alive.startedAt,
  uidOf: () => 1000,
};
const named = (text: string, uid = 1000, uidOf: () => number | null = () => 1000) =>
  agentIn({ text, uid }, { ...processes, uidOf });

describe('a pid file', () => {
  test('names the agent that wrote it', () => {
    expect(pidFileText(alive)).toBe('4711\nboot:99\n');
    expect(named(pidFileText(alive))).toEqual(alive);
    expect(named('4711\nboot:99')).toEqual(alive);
  });

  test.each([
    '',
    '\n',
    '4711',
    '4711\n',
    '4711\n\n',
    '4711\nboot:98\n',
    '4712\nboot:99\n',
    '-4711\nboot:99\n',
    '0\nboot:99\n',
    ' 4711\nboot:99\n',
    '4711 boot:99\n',
    '4711\nboot:99\nx\n',
  ])('that holds %j names no agent', (text) => {
    expect(named(text)).toBeNull();
  });

  test("names no agent if a user who is neither root nor the process's own could have written it", () => {
    expect(named(pidFileText(alive), 1001)).toBeNull();
    expect(named(pidFileText(alive), 0)).toEqual(alive);
    expect(named(pidFileText(alive), 1001, () => null)).toEqual(alive); // the system does not tell
  });
});

test('a claim names this process, whatever the file named before, until it is released', () => {
  const edges = systemEdges();
  const path = join(tempDir(), 'x.pid');
  writeFileSync(path, '1\nlong ago\n');
  expect(runningAgent(path, edges)).toEqual({ ok: true, value: null });
  const claim = claimPidFile(path, edges);
  expect(runningAgent(path, edges)).toEqual({ ok: true, value: edges.processes.identify(process.pid) });
  if (claim.ok) claim.value.release();
  expect(runningAgent(path, edges)).toEqual({ ok: true, value: null });
});

test('a release leaves the file alone once it is no longer its own', () => {
  const edges = systemEdges();
  const path = join(tempDir(), 'x.pid');
  const claim = claimPidFile(path, edges);
  writeFileSync(path, '1\nanother\n');
  if (claim.ok) claim.value.release();
  expect(edges.pidFiles.read(path)).toMatchObject({ value: { text: '1\nanother\n' } });
});

test('a claim on the file of another running agent is refused in words that name it and what to type', () => {
  const edges = systemEdges();
  const path = join(tempDir(), 'x.pid');
  const parent = edges.processes.identify(process.ppid);
  writeFileSync(path, parent === null ? '' : pidFileText(parent));
  expect(claimPidFile(path, edges)).toEqual({
    ok: false,
    error: `the pid file ${path} is that of another running agent (pid ${process.ppid}); give this one its own with -p FILE`,
  });
});
