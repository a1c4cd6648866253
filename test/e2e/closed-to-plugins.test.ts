import { chmodSync, chownSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { libc } from '../../src/io/libc.ts';
import { directoryName, heldNames } from '../../src/io/process/held-names.ts';
import { startProgram } from '../helpers/agent.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

const isRoot = process.geteuid?.() === 0;
const nobody = 65_534;

/** A home of an agent that is not root, its scripts, and the words and options that start it. */
function unprivileged(scripts: Readonly<Record<string, string>>) {
  const home = makeHome();
  const notes = tempDir();
  const written = Object.entries(scripts).map(([name, body]) =>
    writePlugin(home.scripts, name, `#!/bin/sh\nnotes='${notes}'\n${body}`),
  );
  if (isRoot) {
    chmodSync(join(home.scripts, '..'), 0o1777); // where it makes its state directory
    for (const path of [...written, home.scripts, notes]) chownSync(path, nobody, nobody);
  }
  const name = directoryName('state', isRoot ? nobody : (process.geteuid?.() ?? 0), home.state);
  onTestFinished(() => {
    const pid = heldNames.holder(name); // of an agent in the background that the test has not stopped
    if (pid !== null) process.kill(pid, 'SIGKILL');
  });
  const args = ['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-H', 'h', '--debug'];
  const env = { HOME: notes, INSTRUMENTAL_TOKEN: 'not-for-plugins' };
  return { notes, args: [...args, '-c', 'tcp://127.0.0.1:1'], options: { env, ...(isRoot ? { uid: nobody } : {}) } };
}

const canForbid = process.platform === 'linux' && libc() !== null;

/** Tries to take a byte out of each descriptor of the agent, also out of the pipes of its loop. */
const thief = `
for fd in /proc/$PPID/fd/*; do
  dd if="$fd" of="$notes/taken" bs=1 count=1 iflag=nonblock oflag=append conv=notrunc 2>/dev/null && echo "$fd" >> "$notes/read"
done
cat /proc/$PPID/environ /proc/$PPID/auxv >> "$notes/read" 2>/dev/null
head -c 1 /proc/$PPID/mem >> "$notes/read" 2>/dev/null
kill -USR1 $PPID
echo tried 1
`;

/** What a program finds of itself and its outputs stays as it was. */
const ownView = `
ls /proc/self/fd > /dev/null || exit 3
cat /proc/$$/environ | tr '\\0' '\\n' | grep -q '^HOME=' || exit 4
echo 'to stderr' > /dev/stderr || exit 5
echo 'fine 1' > /dev/stdout
`;

test.skipIf(!canForbid)(
  'a plugin can neither take a byte out of the pipes of an agent that is not root, nor read its environment, nor start its debugger',
  async () => {
    const { notes, args, options } = unprivileged({ thief, own: ownView });
    const agent = startProgram(args, options);
    const runs = () => agent.log.filter(({ event, plugin }) => event === 'run.finished' && plugin === 'thief').length;
    await agent.until(() => runs() >= 3); // its event loop lives: it ticks
    expect(agent.log.find(({ event }) => event === 'run.failed')).toBeUndefined();
    const finished = agent.log.filter(({ event }) => event === 'run.finished');
    expect(finished.map(({ samples }) => samples)).toEqual(finished.map(() => 1));
    expect(await agent.event('run.stderr')).toMatchObject({ plugin: 'own', text: 'to stderr' });
    expect(existsSync(join(notes, 'read')) ? readFileSync(join(notes, 'read'), 'latin1') : '').toBe('');
    expect(agent.stderr()).not.toContain('Debugger');
    agent.process.kill('SIGTERM');
    expect(await agent.exit).toBe(0);
  },
);

test.skipIf(!canForbid)('an agent in the background is closed to its plugins as well', async () => {
  const { notes, args, options } = unprivileged({ thief });
  const started = startProgram([...args, 'start'], options);
  expect(await started.exit).toBe(0);
  const stop = () => startProgram([...args, 'stop'], options).exit;
  const log = () => readFileSync(join(String(args[4]), 'instrument_server.log'), 'utf8');
  while ((log().match(/"event":"run.finished"/g)?.length ?? 0) < 2) await moment();
  expect(existsSync(join(notes, 'read')) ? readFileSync(join(notes, 'read'), 'latin1') : '').toBe('');
  expect(await stop()).toBe(0); // the commands find it without looking into it
});
