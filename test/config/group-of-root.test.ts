import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../src/config/problem.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { readSource } from '../../src/config/source.ts';
import { type ConfigFiles, systemConfigFiles } from '../../src/io/disk/config-files.ts';
import { err, ok } from '../../src/model/result.ts';

describe("a file of root's that holds a key", () => {
  test('may be open to its group: that is how an agent that is not root reads it', () => {
    expect(warningsOf(0o640)).toEqual([]);
  });

  test('is warned about when it is open to all', () => {
    expect(warningsOf(0o644)).toHaveLength(1);
  });

  test('is known by its owner', () => {
    expect(readSource(systemConfigFiles, '/etc/passwd', '/').files).toMatchObject([{ isRoots: true }]);
  });
});

function warningsOf(mode: number): readonly string[] {
  const files: ConfigFiles = {
    read: () => ok({ text: '[collector]\napi_key = abc\n', mode, fingerprint: null, isRoots: true }),
    list: () => err({ code: 'ENOENT', detail: 'no such folder', denied: null }),
  };
  const machine = { hostname: 'web-1', cores: 8, uid: 1000, home: '/home/ann', cwd: '/' };
  const flags = { configFile: '/x.ini', tempDir: null, pidFile: null, user: null, given: new Map<string, string>() };
  const resolved = resolveConfig({
    flags,
    env: {},
    source: readSource(files, '/x.ini', '/'),
    machine,
    nowMs: Date.now,
  });
  if (!resolved.ok) throw new Error(resolved.error.map(formatProblem).join('\n'));
  return resolved.value.warnings;
}

test('a file that other users can write is warned about, because they could make the agent run anything', () => {
  expect(warningsOf(0o642)).toEqual([
    "/x.ini can be written by other users, because its mode is 0642; they could make the agent run anything: chmod go-w '/x.ini'",
  ]);
  expect(warningsOf(0o660)).toEqual([]); // root's, and its group is one that root has let in
});
