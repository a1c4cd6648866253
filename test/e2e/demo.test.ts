import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { pidsWith, untilCount } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('npm start shows samples of its plugins and of the host, tells what to type next, and Ctrl-C leaves nothing running', async () => {
  const dir = join(tempDir(), 'demo');
  const demo = startProgram(['--dashboard', '127.0.0.1:0', '-r', '1', '-H', 'web1.example.com'], {
    main: `${root}dist/demo.js`,
    env: { HOME: tempDir(), DEMO_DIR: dir },
  });
  const has = (pattern: RegExp) => demo.printed.some((line) => pattern.test(line));
  await demo.until(
    () =>
      has(/\.two-gauges\.load 1\.5 \d+$/) &&
      has(/\.healthy-curve\.\S+ [\d.-]+ \d+$/) &&
      has(/\.memory\.free_percent [\d.]+ \d+$/),
  );
  expect(demo.printed.join('\n')).toContain(`chmod 0700 '${dir}/scripts/mine.sh'`);
  expect(demo.printed.join('\n')).toContain('collector --listen 127.0.0.1:8000');
  expect(statSync(`${dir}/scripts`).mode & 0o7777).toBe(0o700);
  const { url } = await demo.event('dashboard.started');
  expect(demo.printed).toContain(`The page that shows them: ${url}`);
  expect(demo.printed.join('\n')).toContain(`${root}dist/main.js --state-dir ${dir}/state dev mine.sh`);
  const status = await (await fetch(`${String(url).replace('/?', '/status.json?')}`)).text();
  const plugins: readonly { file: string; state: string }[] = JSON.parse(status).plugins;
  expect(Object.fromEntries(plugins.map(({ file, state }) => [file, state]))).toMatchObject({
    'healthy-curve.sh': 'ok',
    failing: 'failing',
    'open-to-all': 'rejected',
  });
  const count = (name: string) => demo.printed.filter((line) => line.includes(`.${name} `)).length;
  await demo.until(() => count('two-gauges.load') >= 3);
  expect(count('memory.free_percent')).toBe(1); // those of the host come once a minute
  const hung = `${dir}/scripts/hung`;
  await untilCount(hung, 1);
  demo.process.kill('SIGINT');
  expect(await demo.exit).toBe(0);
  expect(pidsWith(`${dir}/scripts/two-gauges`)).toEqual([]);
  await untilCount(hung, 0); // it waited on a pipe that the demo held open, and ended by itself
});

test('on a terminal, the last line stays the link of the page and how to drop in a script', async () => {
  const dir = join(tempDir(), 'demo');
  const words = [process.execPath, `${root}dist/demo.js`, '--dashboard', '127.0.0.1:0', '-r', '1'];
  const spawned = `import pty, sys; sys.exit(pty.spawn(${JSON.stringify(words)}) >> 8)`;
  const demo = spawn('python3', ['-c', spawned], {
    env: { PATH: process.env['PATH'], HOME: tempDir(), DEMO_DIR: dir, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const cleared = '\u001b[J';
  const texts = () => shown.split(cleared); // each but the first begins where the last line was
  let shown = '';
  await new Promise<void>((resolve) => {
    demo.stdout.setEncoding('utf8').on('data', (chunk) => {
      shown += chunk;
      if (texts().filter((text) => text.includes('.two-gauges.load 1.5 ')).length === 2) resolve();
    });
  });
  const [, ...later] = texts().slice(0, -1);
  for (const text of later) {
    const [last = ''] = text.split('\r\n').slice(-1);
    expect(last).toMatch(/^the page: http:\S+\?token=\S+ \| drop in a script: install -m 0700 SCRIPT /);
    expect(last).toContain(`${dir}/scripts`);
  }
  expect(later.length).toBeGreaterThan(3);
  const ended = once(demo, 'close');
  demo.stdin.write('\u0003'); // Ctrl-C
  expect(await ended).toEqual([0, null]);
  await untilCount(`${dir}/scripts/hung`, 0);
});
