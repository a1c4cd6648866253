import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { countedPlugin, countedValues, upTo } from '../helpers/counted-plugin.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { pidsWith, untilCount } from '../helpers/processes.ts';
import { secrets } from '../helpers/secrets.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

test('an agent that is stopped (SIGSTOP) for several intervals and continued loses nothing and doubles no run; what ended meanwhile arrives', async () => {
  const [home, hold, collector] = [makeHome(), holdFifo(), await fakeCollector()];
  onTestFinished(collector.close);
  const dir = join(dirname(home.state), 'own');
  mkdirSync(dir);
  const plugin = countedPlugin(home.scripts, dir);
  const [done, body] = [join(dir, 'done'), `read -r _ < '${hold.path}'\necho "a 1"\n: > '${join(dir, 'done')}'`];
  const late = writePlugin(home.scripts, 'late', `#!/bin/sh\n${body}\n`);
  const flags = ['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-H', 'h', '--debug'];
  const target = ['-k', secrets.apiKey, '-c', `tcp://127.0.0.1:${collector.port}`];
  const agent = startProgram([...flags, ...target], { env: { HOME: home.state } });
  await untilCount(late, 1);
  const values = () => countedValues(collector.lines);
  await collector.until(() => values().length >= 2);
  agent.process.kill('SIGSTOP');
  const witness = startProgram(['--state-dir', join(dir, 'state'), '-r', '1', '-H', 'w', '--debug']);
  const seconds = () => witness.log.filter(({ event }) => event === 'tick.started').length;
  await witness.until(() => seconds() >= 3);
  hold.release();
  while (!existsSync(done)) await moment(); // a run ends, and no process reads how
  await witness.until(() => seconds() >= 5);
  expect(pidsWith(late).length).toBe(0); // no tick began another one
  const arrived = values().length;
  agent.process.kill('SIGCONT');
  await collector.until(({ lines }) => lines.some((line) => line.startsWith('gauge h.late.a 1 ')));
  await collector.until(() => values().length >= arrived + 3);
  expect(values()).toEqual(upTo(values().length));
  expect(plugin.isDoubled()).toBe(false);
  expect(agent.log.filter(({ event }) => event === 'run.failed' || event === 'store.lost')).toEqual([]);
  expect(agent.log.find(({ event, plugin: name }) => event === 'run.finished' && name === 'late')).toBeDefined();
  hold.release(1000);
});
