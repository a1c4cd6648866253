import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';

const dirWithMode = (mode: number) => {
  const dir = join(tempDir(), 'scripts');
  mkdirSync(dir);
  chmodSync(dir, mode);
  return dir;
};
const ini = (text: string) => {
  const file = join(tempDir(), 'agent.ini');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};

const cases = [
  {
    title: 'a script directory with mode 0755',
    args: () => ['-e', '-s', dirWithMode(0o755)],
    says: /has mode 0755: .*chmod 0700 '/,
  },
  {
    title: 'a script directory below a folder that others can write',
    args: () => {
      const dir = dirWithMode(0o700);
      chmodSync(dirname(dir), 0o703);
      return ['-e', '-s', dir];
    },
    says: /the way to '.*' is not safe: .* mode 0703, .*; chmod o-w '/,
  },
  {
    title: 'a script directory that does not exist',
    args: () => ['-e', '-s', '/no/such/dir'],
    says: /no directory '\/no\/such\/dir'; .*mkdir .*0700/,
  },
  {
    title: 'a script directory that is a file',
    args: () => ['-e', '-s', '/etc/passwd'],
    says: /'\/etc\/passwd' is not a directory/,
  },
  { title: 'an unknown flag', args: () => ['--enable-script'], says: /--enable-scripts/ },
  { title: 'an unknown command', args: () => ['foregruond'], says: /foreground/ },
  { title: 'a flag without its value', args: () => ['-r'], says: /-r/ },
  { title: 'a bad interval', args: () => ['-r', '0'], says: /-r: "0" is too small; expected 1s/ },
  {
    title: 'a bad key in the file',
    args: () => ['-f', ini('[agent]\nreport_intervall = 30s\n')],
    says: /agent\.ini:2: .*report_interval/,
  },
  {
    title: 'a bad value in the file',
    args: () => ['-f', ini('[agent]\n\nreport_interval = often\n')],
    says: /agent\.ini:3: .*report_interval/,
  },
  { title: 'a file that can not be read', args: () => ['-f', tempDir()], says: /can't be read/ },
];
for (const { title, args, says } of cases) {
  test(`${title} refuses the start with one or two lines and status 2`, async () => {
    const home = makeHome();
    const { status, stderr, stdout } = await runToEnd([...args(), '--state-dir', home.state], { HOME: home.state });
    expect(stderr).toMatch(says);
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
}

test('all problems of a file are told at once', async () => {
  const home = makeHome();
  const file = ini('[agent]\nhostnam = a\n[collectr]\napi_key = x\n[scripts]\nenabled = maybe\n');
  const { status, stderr } = await runToEnd(['-f', file, '--state-dir', home.state], { HOME: home.state });
  expect(status).toBe(2);
  expect(stderr.match(/agent\.ini:\d+: /g)).toHaveLength(3);
});

test('a second agent on the same state directory is refused in words, and the first goes on', async () => {
  const home = makeHome();
  const flags = ['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1'];
  const first = startProgram(flags, { env: { HOME: home.state } });
  await first.event('daemon.started');
  const { status, stderr } = await runToEnd(flags, { HOME: home.state });
  expect(status).toBe(2);
  expect(stderr).toMatch(/another agent uses the state directory .*--state-dir/);
  const before = first.printed.length;
  await first.until(() => first.printed.length > before);
  first.process.kill('SIGINT');
  expect(await first.exit).toBe(0);
});

test('the default script directory is made with mode 0700 when scripts are enabled', async () => {
  const homeDir = tempDir();
  const agent = startProgram(['-e', '--state-dir', join(homeDir, 'state')], { env: { HOME: homeDir } });
  await agent.event('daemon.started');
  expect(statSync(join(homeDir, '.instrumental_scripts')).mode & 0o7777).toBe(0o700);
});

test('--help and --version print on stdout and end with 0', async () => {
  const help = await runToEnd(['--help']);
  expect(help.status).toBe(0);
  for (const word of ['--enable-scripts', '--report-interval', 'foreground', 'collector', 'INSTRUMENTAL_TOKEN'])
    expect(help.stdout).toContain(word);
  const version = await runToEnd(['foreground', '-v']);
  expect(version.stdout).toMatch(/^instrument_server \d+\.\d+\.\d+/);
  expect(version.status).toBe(0);
});
