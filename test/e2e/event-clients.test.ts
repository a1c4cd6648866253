import { get, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { installPlugin } from '../helpers/install-plugin.ts';
import { makeHome } from '../helpers/test-daemon.ts';

test('of 200 clients that follow the agent, 100 are served and told of changes, the others refused; the agent ticks, and status answers', async () => {
  const home = makeHome();
  installPlugin(home.scripts, 'two-gauges');
  const flags = ['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-H', 'h', '--debug'];
  const agent = startProgram([...flags, '--dashboard', '127.0.0.1:0'], { env: { HOME: home.state } });
  const link = new URL(String((await agent.event('dashboard.started'))['url']));
  link.pathname = '/events';
  const connections = new HttpAgent();
  onTestFinished(() => connections.destroy());
  const follow = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get(link, { agent: connections }, resolve).on('error', reject);
    });
  const answers = await Promise.all(Array.from({ length: 200 }, follow));
  const served = answers.filter(({ statusCode }) => statusCode === 200);
  expect([served.length, answers.filter(({ statusCode }) => statusCode === 503).length]).toEqual([100, 100]);
  const hearsChange = (answer: IncomingMessage) =>
    new Promise<void>((resolve) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (data: string) => {
        text += data;
        if (text.includes('event: change')) resolve();
      });
    });
  await Promise.all(served.map(hearsChange));
  const { status, stdout } = await runToEnd([...flags, 'status'], { HOME: join(home.state) });
  expect([status, stdout]).toEqual([0, expect.stringContaining('1 of 1 report')]);
  const gone = new Promise((resolve) => served[0]?.on('close', resolve));
  served[0]?.destroy();
  await gone;
  let again = await follow();
  while (again.statusCode !== 200) {
    again.resume();
    again = await follow(); // its server has not seen yet that one has left
  }
  const ticks = () => agent.log.filter(({ event }) => event === 'tick.started').length;
  const before = ticks();
  await agent.until(() => ticks() > before + 1);
});
