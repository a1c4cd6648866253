import { spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { processes } from '../../src/io/process/identity.ts';
import { background } from '../helpers/background.ts';
import { moment } from '../helpers/turns.ts';

const mainFile = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/**
 * Starts a program on a terminal of its own, prints its process id, and closes the terminal once a
 * line comes on stdin. Then, or when the program has ended before that, it prints the exit status,
 * and what came on the terminal.
 */
const onTerminal = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
print(pid, flush=True)
shown = b''
try:
    while True:
        ready, _, _ = select.select([terminal, sys.stdin], [], [])
        if sys.stdin in ready: break
        shown += os.read(terminal, 4096)
except OSError: pass # no process has the terminal open any more
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode('utf8', 'replace'), flush=True)
`;

test('an agent on a terminal goes on after a SIGHUP, its log reopened, and stops in order when the terminal is closed', async () => {
  const home = background();
  const log = join(home.state, 'x.log');
  await home.run('-k', 'any', '-c', 'tcp://127.0.0.1:1', 'start'); // makes the state directory
  await home.run('stop');
  const words = [process.execPath, mainFile, '--state-dir', home.state, '-l', log];
  const child = spawn('python3', ['-c', onTerminal, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, HOME: home.state, ...home.env },
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const told = (event: string, path = log) =>
    existsSync(path) && readFileSync(path, 'utf8').includes(`"event":"${event}"`);
  const closed = new Promise((resolve) => child.on('close', resolve));
  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      expect(child.exitCode, `the agent ended: ${printed}`).toBeNull();
      await moment();
    }
  }
  await until(() => told('daemon.started'));
  const pid = Number.parseInt(printed, 10);
  renameSync(log, `${log}.old`);
  process.kill(pid, 'SIGHUP');
  await until(() => existsSync(log));
  expect(processes.identify(pid)).not.toBeNull();
  child.stdin.end('\n');
  await closed;
  expect(printed.split('\n')[1]).toMatch(/^0 /);
  expect(home.log(log).find(({ event }) => event === 'daemon.stopping')).toMatchObject({ signal: 'SIGHUP' });
  expect(told('daemon.stopped')).toBe(true);
  expect(home.processes()).toEqual([]);
});
