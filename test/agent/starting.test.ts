import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { daemonWalk } from '../../src/agent/daemon.ts';
import { askAgent } from '../../src/control/client.ts';
import { systemEdges } from '../../src/io/edges.ts';
import { inSteps } from '../../src/io/walk.ts';
import { eventLog } from '../helpers/event-log.ts';
import { bareCommands } from '../helpers/own-commands.ts';
import { makeHome, testConfig } from '../helpers/test-daemon.ts';
import { turn } from '../helpers/turns.ts';

/** The start of an agent, which has taken no step yet, and a client of its control socket. */
function starting() {
  const home = makeHome();
  mkdirSync(home.state, { mode: 0o700 });
  const [edges, events] = [systemEdges(), eventLog()];
  const options = { claim: () => null, keptFiles: [], emit: events.emit, write: null, commands: bareCommands };
  const walk = daemonWalk(testConfig(home, { reportIntervalS: 86_400 }), edges, options);
  async function finish() {
    const started = await inSteps(walk);
    if (!started.ok) throw new Error(started.error);
    const daemon = started.value;
    onTestFinished(() => daemon.stop('TEST OVER'));
    await daemon.ready;
    return daemon;
  }
  return { home, walk, events, finish, client: askAgent(edges.ask, home.state) };
}

test('an agent that salvages its database at the start is asked meanwhile, and says so', async () => {
  const { home, walk, events, finish, client } = starting();
  writeFileSync(join(home.state, 'instrument_server.db'), 'no database at all, '.repeat(1000));
  expect(walk.next().done).toBe(false); // the salvage has begun
  let answer = await client.status();
  while (!answer.ok && answer.error.kind === 'not-running') {
    await turn(); // until it listens
    answer = await client.status();
  }
  const detail = 'the agent is starting, and salvages its damaged database; try again';
  expect(answer).toEqual({ ok: false, error: { kind: 'trouble', detail } });
  expect(events.all.map(({ event }) => event)).toEqual(['store.set-aside']);
  const daemon = await finish();
  expect(await client.status()).toMatchObject({ ok: true, value: { pid: process.pid } });
  expect(daemon.status().agent.salvage).toMatchObject({ samples: 0 });
});

test('with a sound database, or none, the agent starts in one step', () => {
  const { walk } = starting();
  const first = walk.next();
  expect(first.done).toBe(true);
  if (first.done !== true || !first.value.ok) return;
  const daemon = first.value.value;
  onTestFinished(() => daemon.stop('TEST OVER'));
});
