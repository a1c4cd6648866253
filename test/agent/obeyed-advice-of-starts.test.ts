import { chmodSync, closeSync, openSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { libc } from '../../src/io/libc.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { turn, turnUntil } from '../helpers/turns.ts';
import {
  agentOf,
  expectReport,
  obey,
  oneScript,
  type StartKind,
  type Story,
  script,
  testStories,
} from './obeyed-advice-set-up.ts';
import { plugin, settings, until } from './reasons-set-up.ts';

const good = '#!/bin/sh\necho "a 1"\n';

const collectedElsewhere: Story = {
  how: 'the other process does not collect the next one',
  act: async (kind) => {
    const home = makeHome();
    const hold = holdFifo();
    writePlugin(home.scripts, 'x.sh', '#!/bin/sh\nread -r _ < "$HOLD_FIFO"\necho "a 1"\n');
    const agent = agentOf(home, {}, { HOLD_FIFO: hold.path });
    agent.tick();
    const finished = agent.events.next('run.finished');
    await until(agent, () => plugin(agent, 'x').currentRun?.state === 'running');
    const pid = plugin(agent, 'x').currentRun?.pid ?? 0;
    hold.release(2);
    const library = libc();
    while (library?.collect(pid) === null); // the agent has no turn meanwhile
    await turnUntil(finished, () => agent.clock.advance(100));
    await turn();
    const says = /; find out what else waits for the agent's child processes; it runs again when due$/;
    await obey({ home, agent, file: 'x.sh', kind }, { commands: [], says });
    await expectReport(agent, 'x.sh');
  },
};

let writer = -1; // a descriptor by which a test holds a script open

const stories: Readonly<Record<StartKind, readonly Story[]>> = {
  'being-written': [
    oneScript(
      'it is left alone',
      () => ({}),
      (path, agent) => {
        agent.clock.advance(58_950); // the next look is the tick's: no hint comes before
        writeFileSync(path, good);
        const atS = agent.clock.nowMs() / 1000; // ahead of the file system's time
        utimesSync(path, atS, atS);
        agent.tick();
      },
      () => ({ commands: [], says: /; it runs at the next tick after it was left alone for 300 ms$/ }),
    ),
    oneScript(
      'the process that has it open closes it',
      () => ({}),
      async (path, agent) => {
        writer = openSync(path, 'a');
        await agent.tickAndFinish('x.sh');
      },
      () => ({
        commands: [],
        says: /; it runs at the next tick after that is closed$/,
        byHand: () => closeSync(writer),
      }),
    ),
  ],
  'not-started': [
    script('its interpreter is made executable', {
      body: ({ state }) => {
        writeFileSync(join(state, '..', 'interpreter'), good, { mode: 0o600 });
        return `#!${join(state, '..', 'interpreter')}\n`;
      },
      obeyed: (_path, { state }) => ({
        commands: [{ begins: "'/", exits: 126 }],
        says: /\(EACCES\): .*; make that executable, or name another one, and try it by hand$/,
        byHand: () => chmodSync(join(state, '..', 'interpreter'), 0o700),
      }),
    }),
    script('its #! line is written', {
      body: '\0\0',
      obeyed: (path) => ({
        commands: [],
        says: /\(ENOEXEC\): .*; build it for this one, or write that line$/,
        byHand: () => writeFileSync(path, good),
      }),
    }),
  ],
  signal: [
    script('what sent it is found and removed', {
      body: '#!/bin/sh\nkill -KILL $$\n',
      obeyed: (path) => ({
        commands: [],
        says: /SIGKILL.*; find out what sent it: .*; it runs again when due$/,
        byHand: () => writeFileSync(path, good),
      }),
    }),
  ],
  'ending-unknown': [collectedElsewhere],
  disabled: [
    oneScript(
      'it is enabled in the section that is named',
      () => ({ plugins: new Map([['x', { ...settings, enabled: false }]]) }),
      () => {},
      (agent) => ({
        commands: [],
        says: /by enabled = false under \[plugin:x\]; set enabled = true there, or remove the line$/,
        byHand: () => agent.reload({ plugins: new Map([['x', settings]]) }),
      }),
    ),
  ],
  'not-due': [
    oneScript(
      'a shorter interval is set in the section that is named',
      () => ({ plugins: new Map([['x', { ...settings, intervalS: 24 * 3600 }]]) }),
      () => {},
      (agent) => ({
        commands: [],
        says: /; for a shorter one set interval under \[plugin:x\]$/,
        byHand: () => agent.reload({ plugins: new Map([['x', { ...settings, intervalS: 60 }]]) }),
      }),
    ),
  ],
};

testStories(stories);
