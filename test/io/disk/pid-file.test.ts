import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { pidFiles } from '../../../src/io/disk/pid-file.ts';
import { bundle } from '../../helpers/bundle.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const script = fileURLToPath(new URL('pid-file-child.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;
const never = () => false;
const always = () => true;

/** A process of its own, of a bundle, that claims when it is asked to. */
async function claimer(program: string, path: string) {
  const child = spawn(process.execPath, [program, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    pid: child.pid,
    async claim() {
      child.stdin.write('\n');
      return (await lines.next()).value;
    },
  };
}

describe('a claim', () => {
  test('writes the text, for all users to read, and leaves nothing else in the folder', () => {
    const path = join(tempDir(), 'x.pid');
    expect(pidFiles.claim(path, 'me\n', never)).toEqual({ ok: true, value: { heldBy: null } });
    expect(pidFiles.read(path)).toEqual({ ok: true, value: { text: 'me\n', uid: process.getuid?.() } });
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(readdirSync(join(path, '..'))).toEqual(['x.pid']);
  });

  test('takes the place of text that does not stand, and none of text that does', () => {
    const path = join(tempDir(), 'x.pid');
    pidFiles.claim(path, 'first\n', never);
    expect(pidFiles.claim(path, 'second\n', ({ text }) => text === 'first\n')).toMatchObject({
      value: { heldBy: { text: 'first\n' } },
    });
    expect(pidFiles.claim(path, 'third\n', ({ text }) => text === 'second\n')).toMatchObject({
      value: { heldBy: null },
    });
    expect(readFileSync(path, 'utf8')).toBe('third\n');
  });

  test('is not held up by what one that was killed in the middle left behind', () => {
    const path = join(tempDir(), 'x.pid');
    writeFileSync(`${path}.lock`, '');
    writeFileSync(`${path}.new`, 'half');
    expect(pidFiles.claim(path, 'me\n', always)).toMatchObject({ value: { heldBy: null } });
    expect(readdirSync(join(path, '..'))).toEqual(['x.pid']);
  });

  test('does not follow a link that another user put where the lock is made', () => {
    const dir = tempDir();
    symlinkSync(join(dir, 'elsewhere'), join(dir, 'x.pid.lock'));
    expect(pidFiles.claim(join(dir, 'x.pid'), 'me\n', never)).toMatchObject({
      ok: false,
      error: expect.stringContaining("can't be written: ELOOP"),
    });
    expect(readdirSync(dir)).toEqual(['x.pid.lock']);
  });

  test('of several processes on the same stale file at the same time is won by one, again and again', async () => {
    const path = join(tempDir(), 'x.pid');
    const program = bundle(script, tempDir());
    const claimers = await Promise.all(Array.from({ length: 4 }, () => claimer(program, path)));
    for (let round = 0; round < 50; round += 1) {
      writeFileSync(path, 'stale\n');
      const answers = await Promise.all(claimers.map((each) => each.claim()));
      const winner = claimers[answers.indexOf('mine')]?.pid;
      expect(answers.toSorted()).toEqual([...Array(3).fill(`live ${winner}`), 'mine']);
      expect(readFileSync(path, 'utf8')).toBe(`live ${winner}\n`);
    }
    expect(readdirSync(join(path, '..'))).toEqual(['x.pid']);
  });
});

describe('trouble', () => {
  test.each([
    ['in a folder that does not exist', () => '/no/such/x.pid', /its folder is missing; mkdir -p '\/no\/such'$/],
    ['that is a folder', () => tempDir(), /is not a regular file; name another with -p FILE$/],
    ['below a file', () => '/etc/passwd/x.pid', /^the pid file \/etc\/passwd\/x.pid can't be written: /],
  ])('is reported for a pid file %s, and a claim reports the same', (_title, make, says) => {
    const path = make();
    expect(pidFiles.trouble(path)).toMatch(says);
    expect(pidFiles.claim(path, 'me\n', never)).toEqual({ ok: false, error: pidFiles.trouble(path) });
  });

  test.skipIf(isRoot)(
    'is reported for a pid file in a folder where this user may not write (skipped for root, who may)',
    () => {
      const dir = join(tempDir(), 'closed');
      mkdirSync(dir, { mode: 0o555 });
      expect(pidFiles.trouble(join(dir, 'x.pid'))).toMatch(
        /permission denied in .*closed; name a file elsewhere with -p FILE$/,
      );
    },
  );

  test('is none where a file can be made, or is there', () => {
    const path = join(tempDir(), 'x.pid');
    expect(pidFiles.trouble(path)).toBeNull();
    writeFileSync(path, 'x');
    expect(pidFiles.trouble(path)).toBeNull();
  });

  test.skipIf(isRoot)('is reported for a file that can not be read (skipped for root, who can read all)', () => {
    const path = join(tempDir(), 'x.pid');
    writeFileSync(path, 'x');
    chmodSync(path, 0);
    expect(pidFiles.read(path)).toMatchObject({
      ok: false,
      error: expect.stringMatching(/^the pid file .* can't be read: permission denied/),
    });
  });
});

describe('a removal', () => {
  test('takes only what is ours, and leaves nothing beside it', () => {
    const path = join(tempDir(), 'x.pid');
    pidFiles.claim(path, 'me\n', never);
    expect(pidFiles.remove(path, never)).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('me\n');
    expect(pidFiles.remove(path, ({ text }) => text === 'me\n')).toBe(true);
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  test('of what is not there is done already, also where its folder is gone', () => {
    expect(pidFiles.remove('/no/such/x.pid', always)).toBe(true);
    expect(pidFiles.read('/no/such/x.pid')).toEqual({ ok: true, value: null });
  });
});
