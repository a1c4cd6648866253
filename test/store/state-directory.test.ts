import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemFiles } from '../../src/io/disk/files.ts';
import { takeLock } from '../../src/io/disk/lock.ts';
import { openStateDirectory } from '../../src/store/state-directory.ts';
import { userText } from '../../src/words/user-text.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { finish, openIn } from './set-up.ts';

const uid = process.getuid?.() ?? 0;
const mode = (path: string) => statSync(path).mode & 0o7777;
const open = (dir: string, tempDir: string | null = null, asUid = uid) =>
  openStateDirectory(systemFiles, {
    stateDir: dir,
    tempDir,
    uid: asUid,
    life: 'life',
    self: `${process.pid} now`,
    bootId: null,
  });

/** Opens what can't be opened. Returns the sentence, and makes sure that nothing stays locked. */
function refusal(dir: string, tempDir: string | null = null, asUid = uid): string {
  const opened = open(dir, tempDir, asUid);
  if (opened.ok) throw new Error('it could be opened');
  expect(opened.error).not.toContain('\n');
  const lock = existsSync(join(dir, 'lock')) ? takeLock(join(dir, 'lock')) : undefined;
  expect(lock).not.toBeNull();
  lock?.release();
  return opened.error;
}

test('a missing state directory is made, and all that is in it is private', () => {
  const dir = join(tempDir(), 'a', 'b');
  const at = openIn(dir);
  finish(at.store, 'p', { stdout: 'x', values: [1] });
  at.store.flush();
  expect(['', 'pipes', 'outputs'].map((name) => mode(join(dir, name)))).toEqual([0o700, 0o700, 0o700]);
  const files = readdirSync(dir).filter((name) => statSync(join(dir, name)).isFile());
  expect(files).toEqual(expect.arrayContaining(['instrument_server.db', 'instrument_server.db-wal', 'lock']));
  expect(files.map((name) => mode(join(dir, name)))).toEqual(files.map(() => 0o600));
  at.close();
});

test('it can be opened again after its release, and not before', () => {
  const dir = tempDir();
  const first = open(dir);
  expect(open(dir)).toEqual({ ok: false, error: expect.stringContaining('another agent uses the state directory') });
  if (first.ok) {
    first.value.release();
  }
  openIn(dir).close();
});

test('it notices when its database was removed or replaced', () => {
  const dir = tempDir();
  const at = openIn(dir);
  const path = join(dir, 'instrument_server.db');
  expect(at.state.isDatabaseThere()).toBe(true);
  finish(at.store, 'p', { values: [1] });
  at.store.flush();
  expect(at.state.isDatabaseThere()).toBe(true);
  rmSync(path);
  expect(at.state.isDatabaseThere()).toBe(false);
  writeFileSync(path, '');
  expect(at.state.isDatabaseThere()).toBe(false);
  at.crash();
});

describe('a state directory is refused with a sentence', () => {
  test('when it is a file itself, or lies below one', () => {
    const path = join(tempDir(), 'file');
    writeFileSync(path, '');
    expect(refusal(path)).toMatch(/can't be used: EEXIST.*; a file is where a directory must be: move it away$/);
    expect(refusal(join(path, 'state'))).toMatch(/can't be used: ENOTDIR.*move it away$/);
  });

  test('when its outputs can not be kept', () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'outputs'), '');
    expect(refusal(dir)).toMatch(/can't be used: EEXIST.*outputs/);
  });
});

describe('the folder for pipes', () => {
  test('is made in the temporary folder that is named, under a name that only this state directory has', () => {
    const temp = tempDir();
    const dirs = [tempDir(), tempDir()];
    const opened = dirs.map((dir) => open(dir, temp));
    const pipeDirs = opened.map((one) => (one.ok ? one.value.pipeDir : one.error));
    expect(new Set(pipeDirs).size).toBe(2);
    expect(pipeDirs.map((dir) => [dir.startsWith(`${temp}/instrument_server-`), mode(dir)])).toEqual(
      Array(2).fill([true, 0o700]),
    );
    for (const one of opened) {
      if (!one.ok) continue;
      one.value.release();
    }
    const again = open(dirs[0] ?? '', temp);
    expect(again.ok && again.value.pipeDir).toBe(pipeDirs[0]);
    if (again.ok) {
      again.value.release();
    }
  });

  test('is refused when others can reach it, or own it: they may have made it first', () => {
    const [dir, temp] = [tempDir(), tempDir()];
    const first = open(dir, temp);
    if (!first.ok) throw new Error(first.error);
    first.value.release();
    const { pipeDir } = first.value;
    chmodSync(pipeDir, 0o770);
    expect(refusal(dir, temp)).toBe(
      `the folder for pipes ${pipeDir} has mode 0770, so that others can reach it; chmod 0700 '${pipeDir}', or name another temporary folder with -t DIR`,
    );
    chmodSync(pipeDir, 0o700);
    rmSync(pipeDir, { recursive: true });
    const open2 = join(tempDir(), 'open');
    mkdirSync(open2);
    chmodSync(open2, 0o777);
    symlinkSync(open2, pipeDir);
    expect(refusal(dir, temp)).toContain(`${pipeDir} is a symbolic link; rm '${pipeDir}'`);
  });

  test('itself is refused when others can reach it, or own it', () => {
    const dir = join(tempDir(), 'state');
    mkdirSync(dir, { mode: 0o755 });
    expect(refusal(dir, null)).toBe(
      `the state directory ${dir} has mode 0755, so that others can reach it; chmod 0700 '${dir}'`,
    );
    chmodSync(dir, 0o700);
    const owner = userText(uid, systemFiles.userName(uid));
    expect(refusal(dir, null, uid + 1)).toContain(
      `belongs to ${owner}, but the agent runs as ${userText(uid + 1, systemFiles.userName(uid + 1))}; if no agent runs as `,
    );
    expect(refusal(dir, null, uid + 1)).toContain(
      `sudo chown -R ${uid + 1} '${dir}'; if one does, name another with --state-dir DIR`,
    );
  });
});
