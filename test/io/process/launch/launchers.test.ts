import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { holdFifo } from '../../../helpers/hold-fifo.ts';
import { writePlugin } from '../../../helpers/install-plugin.ts';
import { descriptors, launchers, makePlace, run, start, targetOf, until } from './launchers.ts';

for (const { name, createIn } of launchers) {
  describe(`a script that is started by ${name}`, () => {
    for (const status of [0, 1, 3, 126, 127, 128, 137, 143, 255]) {
      test(`and exits with ${status} has exited with ${status}`, async () => {
        const place = makePlace();
        const script = writePlugin(place.scripts, 'p', `#!/bin/sh\necho out\necho err >&2\nexit ${status}\n`);
        const { exit, stdout, stderr } = await run(createIn(place), script);
        expect({ exit, stdout, stderr }).toEqual({
          exit: { kind: 'exited', status },
          stdout: 'out\n',
          stderr: 'err\n',
        });
      });
    }

    for (const [signal, status] of Object.entries({
      HUP: 129,
      INT: 130,
      KILL: 137,
      PIPE: 141,
      ALRM: 142,
      TERM: 143,
      USR1: 138,
    })) {
      test(`and ends by SIG${signal} was ended by it, which is ${status} for the next run`, async () => {
        const place = makePlace();
        const script = writePlugin(place.scripts, 'p', `#!/bin/sh\necho out\nkill -${signal} $$\n`);
        const { exit, stdout, stderr } = await run(createIn(place), script);
        expect({ exit, stdout, stderr }).toEqual({
          exit: { kind: 'signaled', signal: `SIG${signal}`, status },
          stdout: 'out\n',
          stderr: '',
        });
      });
    }

    test('and is not there was not started: ENOENT', async () => {
      const place = makePlace();
      const { exit, pid, stderr } = await run(createIn(place), join(place.scripts, 'no such'));
      expect(exit).toMatchObject({ kind: 'not-started', code: 'ENOENT', failedAt: 'exec' });
      expect([stderr, name === 'spawn' ? pid : null]).toEqual(['', null]);
    });

    test('and has no interpreter was not started: ENOENT, and not a word of it is taken for its own', async () => {
      const place = makePlace();
      const script = writePlugin(place.scripts, 'p', '#!/no/such/interpreter\n');
      const { exit, stdout, stderr } = await run(createIn(place), script);
      expect({ exit, stdout, stderr }).toMatchObject({
        exit: { kind: 'not-started', code: 'ENOENT', failedAt: 'exec' },
        stdout: '',
        stderr: '',
      });
    });

    test('and is not executable was not started: EACCES', async () => {
      const place = makePlace();
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\n', 0o600);
      const { exit, stderr } = await run(createIn(place), script);
      expect({ exit, stderr }).toMatchObject({
        exit: { kind: 'not-started', code: 'EACCES', failedAt: 'exec' },
        stderr: '',
      });
    });

    test('and is open for writing was not started: ETXTBSY; it runs once it is closed', async () => {
      const place = makePlace();
      const launcher = createIn(place);
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\necho out\n');
      const fd = openSync(script, 'r+');
      for (let time = 0; time < 20; time += 1) {
        const { exit, stderr } = await run(launcher, script);
        expect({ exit, stderr }).toMatchObject({
          exit: { kind: 'not-started', code: 'ETXTBSY', failedAt: 'exec' },
          stderr: '',
        });
      }
      closeSync(fd);
      expect((await run(launcher, script)).stdout).toBe('out\n');
    });

    test('and has a larger environment than the system allows was not started: E2BIG', async () => {
      const place = makePlace();
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\n');
      const { exit } = await run(createIn(place), script, { env: { LARGE: 'x'.repeat(200_000) } });
      expect(exit).toMatchObject({ kind: 'not-started', code: 'E2BIG' });
    });

    test('and has a larger environment than the system allows from us all was not started: E2BIG', async () => {
      const place = makePlace();
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\n');
      const { exit } = await run(createIn(place, { env: { LARGE: 'x'.repeat(200_000) } }), script);
      expect(exit).toMatchObject({ kind: 'not-started', code: 'E2BIG' });
    });

    test('and whose stdin is gone was not started, and that is not laid at its own door', async () => {
      const place = makePlace();
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\necho out\n');
      const launcher = createIn(place);
      const { exit, stdout } = await run(launcher, script, { stdinPath: join(place.scripts, 'gone') });
      expect({ exit, stdout }).toMatchObject({
        exit: { kind: 'not-started', code: 'ENOENT', failedAt: 'set-up' },
        stdout: '',
      });
      expect((await run(launcher, script)).exit).toEqual({ kind: 'exited', status: 0 });
    });

    test('gets its arguments as they are: blanks, quotes, line ends, nothing, and what a shell would read', async () => {
      const place = makePlace();
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\nprintf "%s\\0" "$@"\n');
      const args = [
        'a b',
        "it's",
        '"q"',
        'line\nend',
        '',
        '$(id) `id` $HOME',
        '*',
        '\\',
        '-n',
        'ü😀',
        '> /dev/null; exit 9 #',
      ];
      const { exit, stdout } = await run(createIn(place), script, { args });
      expect(stdout.split('\0').slice(0, -1)).toEqual(args);
      expect(exit).toEqual({ kind: 'exited', status: 0 });
    });

    test('may have any name', async () => {
      const place = makePlace();
      const launcher = createIn(place);
      for (const odd of [`it's "a\nb" $(c) ü.sh`, '-n', '+E 7', 'a\n+E 7', '*']) {
        const script = writePlugin(place.scripts, odd, '#!/bin/sh\nprintf %s "$0"\n');
        expect((await run(launcher, script)).stdout).toBe(script);
      }
    });

    test('reads its stdin from the beginning, byte for byte, and nothing where there is none', async () => {
      const place = makePlace();
      const launcher = createIn(place);
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
      const stdinPath = join(place.scripts, `it's stdin`);
      writeFileSync(stdinPath, bytes);
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\nexec cat /dev/stdin\n');
      for (let time = 0; time < 2; time += 1) {
        const observed = start(launcher, script, { stdinPath });
        await observed.ended;
        expect(observed.stdout().equals(bytes)).toBe(true);
      }
      expect((await run(launcher, script)).stdout).toBe('');
    });

    test('leaves no descriptor open of its stdin, be it started or not', async () => {
      const place = makePlace();
      const stdinPath = join(place.scripts, 'stdin');
      writeFileSync(stdinPath, 'x');
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\ncat\n');
      const launcher = createIn(place);
      expect((await run(launcher, script, { stdinPath })).stdout).toBe('x');
      const open = () => descriptors().filter((fd) => targetOf(fd) === stdinPath);
      for (const path of [script, join(place.scripts, 'missing'), script]) await run(launcher, path, { stdinPath });
      expect(open()).toEqual([]);
    });

    test('may close its stdin', async () => {
      const place = makePlace();
      const stdinPath = join(place.scripts, 'stdin');
      writeFileSync(stdinPath, 'x\n'.repeat(100_000));
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\nexec <&-\necho out\n');
      expect(await run(createIn(place), script, { stdinPath })).toMatchObject({
        exit: { kind: 'exited', status: 0 },
        stdout: 'out\n',
      });
    });

    test('has the environment that all share, its own on top, and nothing else of ours', async () => {
      const place = makePlace();
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\nexec env -0\n');
      const launcher = createIn(place, { env: { SHARED: 'shared', BOTH: 'shared' } });
      const { stdout } = await run(launcher, script, { env: { BOTH: 'own', ODD: `it's "a\nb" $(c)\\`, EMPTY: '' } });
      const env = Object.fromEntries(
        stdout.split('\0').map((line) => [line.replace(/=.*/s, ''), line.replace(/^[^=]*=/, '')]),
      );
      expect(env).toMatchObject({ SHARED: 'shared', BOTH: 'own', ODD: `it's "a\nb" $(c)\\`, EMPTY: '' });
      const ours = Object.keys(process.env).filter(
        (key) => key in env && !['PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(key),
      );
      expect(ours).toEqual([]);
      expect((await run(launcher, script)).stdout).not.toContain('ODD=');
    });

    test('runs in a session and a process group without us', async () => {
      const place = makePlace();
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\nexec cut -d " " -f 5,6 /proc/self/stat\n');
      const [group, session] = (await run(createIn(place), script)).stdout.trim().split(' ');
      const ours = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ').slice(2, 4);
      expect(group).toBe(session);
      expect(ours).not.toContain(session);
    });

    test('runs in the working directory', async () => {
      const place = makePlace();
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\npwd -P\n');
      expect((await run(createIn(place), script)).stdout).toBe(`${place.scripts}\n`);
    });

    test('is known by its process id while it runs and afterwards', async () => {
      const place = makePlace();
      const hold = holdFifo();
      const script = writePlugin(place.scripts, 'p', `#!/bin/sh\necho $$\nread -r _ < '${hold.path}'\n`);
      const observed = start(createIn(place), script);
      await until(() => observed.stdout().length > 0);
      const pid = observed.pid();
      expect(`${pid}\n`).toBe(observed.stdout().toString());
      hold.release();
      await observed.ended;
      expect(observed.pid()).toBe(pid);
    });

    test('may write any bytes on both outputs', async () => {
      const place = makePlace();
      writeFileSync(join(place.scripts, '.bytes'), Buffer.from(Array.from({ length: 256 }, (_, index) => index)));
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\ncat .bytes\ncat .bytes >&2\n');
      const observed = start(createIn(place), script);
      await observed.ended;
      expect([...observed.stdout()]).toEqual(Array.from({ length: 256 }, (_, index) => index));
      expect(observed.stderr()).toHaveLength(readFileSync(join(place.scripts, '.bytes')).toString().length);
    });

    test('may write 20 MB on each output', async () => {
      const place = makePlace();
      const script = writePlugin(
        place.scripts,
        'p',
        '#!/bin/sh\nhead -c 20000000 /dev/zero\nhead -c 20000000 /dev/zero >&2\n',
      );
      const sizes = { out: 0, err: 0 };
      const invocation = { path: script, args: [], stdinPath: null, env: {} };
      const { ended } = createIn(place).launch(invocation, {
        onStdout: (chunk) => {
          sizes.out += chunk.length;
        },
        onStderr: (chunk) => {
          sizes.err += chunk.length;
        },
      });
      expect(await ended).toEqual({ kind: 'exited', status: 0 });
      expect(sizes).toEqual({ out: 20_000_000, err: 20_000_000 });
    });

    test('keeps its output to itself when thirty run at once', async () => {
      const place = makePlace();
      const script = writePlugin(
        place.scripts,
        'p',
        '#!/bin/sh\nfor i in 1 2 3 4 5 6 7 8 9; do echo "$1"; echo "$1" >&2; done\nexit "$1"\n',
      );
      const launcher = createIn(place);
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, (_, index) => run(launcher, script, { args: [String(index)] })),
      );
      outcomes.forEach(({ exit, stdout, stderr }, index) => {
        expect(exit).toEqual({ kind: 'exited', status: index });
        expect([stdout, stderr]).toEqual(Array(2).fill(`${index}\n`.repeat(9)));
      });
    });

    test('was not started when the working directory is gone: ENOENT', async () => {
      const place = makePlace();
      const script = writePlugin(place.scripts, 'p', '#!/bin/sh\necho out\n');
      const launcher = createIn({ ...place, scripts: join(place.scripts, 'gone') });
      expect((await run(launcher, script)).exit).toMatchObject({ kind: 'not-started', code: 'ENOENT' });
    });
  });
}

describe.each(launchers)('a working directory of its own, by $name', ({ createIn }) => {
  test('is that of the run and stands in PWD, and changes nothing for other runs', async () => {
    const place = makePlace();
    const script = writePlugin(place.scripts, 'where', '#!/bin/sh\npwd -P\necho "$PWD"\n');
    const launcher = createIn(place);
    const lines = async (cwd?: string) => {
      const { stdout } = await run(launcher, script, cwd === undefined ? {} : { cwd, file: 'command/where' });
      return stdout.toString().split('\n')[0];
    };
    expect([await lines('/'), await lines('/usr'), await lines(), await lines('/')]).toEqual([
      '/',
      '/usr',
      place.scripts,
      '/',
    ]);
  });
});
