import { expect, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makeHome } from '../helpers/test-daemon.ts';

test('the next agent says whether the former one was stopped or killed with -9, and what that left waiting', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'good', '#!/bin/sh\necho "n 1"\n');
  const flags = ['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '-k', 'KEY', '-c', '127.0.0.1:1'];
  const found = [];
  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGTERM'] as const) {
    const agent = startProgram(flags, { env: { HOME: home.state } });
    found.push(await agent.event('store.found'));
    await agent.event('sink.lost');
    agent.process.kill(signal);
    await agent.exit;
  }
  expect(found).toMatchObject([
    { level: 'info', formerLife: 'first', database: 'new', waiting: [] },
    { formerLife: 'stopped', database: 'as-left', waiting: [{ sink: 'instrumental', oldestAtS: expect.any(Number) }] },
    {
      formerLife: 'killed',
      database: 'as-left',
      explanation: expect.stringContaining('the former agent was killed or crashed'),
    },
  ]);
});
