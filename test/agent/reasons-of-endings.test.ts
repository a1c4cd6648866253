import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { libc } from '../../src/io/libc.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, testDaemon } from '../helpers/test-daemon.ts';
import { turn, turnUntil } from '../helpers/turns.ts';
import { explanation, kinds, plugin, typeFrom, until } from './reasons-set-up.ts';

const good = '#!/bin/sh\necho "a 1"\n';

test('CRLF in the #! line: the sed that it tells mends the script', async () => {
  const home = makeHome();
  const path = installPlugin(home.scripts, 'crlf-shebang');
  const agent = testDaemon(home);
  await agent.tickAndFinish('crlf-shebang');
  const told = explanation(agent, 'crlf-shebang', 'crlf-interpreter');
  expect(told).toBe(
    `its first line ends in CRLF, so the system looks for an interpreter '/bin/sh\\r'; sed -i 's/\\r$//' '${path}'`,
  );
  typeFrom(told, 'sed ');
  await agent.tickAndFinish('crlf-shebang');
  expect(kinds(agent, 'crlf-shebang')).toEqual([]);
});

test('a missing interpreter is named, and a corrected #! line mends it', async () => {
  const home = makeHome();
  const path = installPlugin(home.scripts, 'missing-interpreter', { as: 'x.py' });
  const agent = testDaemon(home);
  await agent.tickAndFinish('x.py');
  const told = explanation(agent, 'x', 'missing-interpreter');
  expect(told).toMatch(/^its interpreter \S+ does not exist \(ENOENT\); install it, or correct the #! line of '/);
  expect(told.endsWith(`'${path}'`)).toBe(true);
  writePlugin(home.scripts, 'x.py', readFileSync(path, 'utf8').replace(/^#!.*/, '#!/bin/sh'));
  await agent.tickAndFinish('x.py');
  expect(kinds(agent, 'x')).not.toContain('missing-interpreter');
});

test('an interpreter that may not be executed', async () => {
  const home = makeHome();
  const interpreter = join(home.scripts, '..', 'interpreter');
  writeFileSync(interpreter, good, { mode: 0o600 });
  const path = writePlugin(home.scripts, 'x.py', `#!${interpreter}\n`);
  const agent = testDaemon(home);
  await agent.tickAndFinish('x.py');
  expect(explanation(agent, 'x', 'not-started')).toBe(
    `the system refuses to execute it (EACCES): its interpreter is not executable, or its file system is mounted noexec; make that executable, or name another one, and try it by hand; '${path}'`,
  );
  rmSync(interpreter);
  writeFileSync(interpreter, good, { mode: 0o700 });
  writePlugin(home.scripts, 'x.py', good);
  await agent.tickAndFinish('x.py');
  expect(kinds(agent, 'x')).toEqual([]);
});

test('an exit status says so, with its last line on stderr, and is forgotten after an exit with 0', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'bad.sh', '#!/bin/sh\necho "a 1"\necho "no such host" >&2\nexit 3\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('bad.sh');
  await agent.tickAndFinish('bad.sh');
  expect(explanation(agent, 'bad', 'exit-status')).toBe(
    'it exited with status 3, so its output was not sent; its last line on stderr: "no such host"; correct that, so that it exits with 0; instrument_server status bad.sh',
  );
  expect(agent.plugin('bad.sh').plugins[0]).toMatchObject({
    state: 'failing',
    failuresInARow: 2,
    stderr: ['no such host'],
  });
  writePlugin(home.scripts, 'bad.sh', good);
  await agent.tickAndFinish('bad.sh');
  expect(agent.plugin('bad.sh').plugins[0]).toMatchObject({ state: 'ok', failuresInARow: 0, reasons: [], stderr: [] });
});

test('a signal that somebody sent is named, and forgotten after a run that ends by itself', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'killed-by-sigkill', { as: 'x' });
  const agent = testDaemon(home);
  await agent.tickAndFinish('x');
  expect(explanation(agent, 'x', 'signal')).toBe(
    'it was ended by SIGKILL (the agent sends no signal), so its output was not sent; find out what sent it: a person, timeout, the kernel when memory is short; it runs again when due',
  );
  expect(plugin(agent, 'x')).toMatchObject({
    state: 'failing',
    lastRun: { ending: 'signaled', signal: 'SIGKILL', status: 137 },
  });
  writePlugin(home.scripts, 'x', good);
  await agent.tickAndFinish('x');
  expect(kinds(agent, 'x')).toEqual([]);
});

test('a run whose exit status somebody else collected', async () => {
  const home = makeHome();
  const hold = holdFifo();
  writePlugin(home.scripts, 'x', '#!/bin/sh\nread -r _ < "$HOLD_FIFO"\n');
  const agent = testDaemon(home, {}, { HOLD_FIFO: hold.path });
  agent.tick();
  const finished = agent.events.next('run.finished');
  await until(agent, () => plugin(agent, 'x').currentRun?.state === 'running');
  const pid = plugin(agent, 'x').currentRun?.pid ?? 0;
  hold.release();
  const library = libc();
  while (library?.collect(pid) === null); // the agent has no turn meanwhile
  await turnUntil(finished, () => agent.clock.advance(100));
  await turn();
  expect(explanation(agent, 'x', 'ending-unknown')).toBe(
    "its exit status was collected by someone else, so how it ended is not known, and its output was not sent; find out what else waits for the agent's child processes; it runs again when due",
  );
  writePlugin(home.scripts, 'x', good);
  await agent.tickAndFinish('x');
  expect(kinds(agent, 'x')).toEqual([]);
});
