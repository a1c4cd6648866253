import { expect } from 'vitest';
import type { ReasonKind } from '../../src/model/advice.ts';
import type { Config } from '../../src/model/config.ts';
import { busyHost } from '../helpers/busy-host.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { untilCount } from '../helpers/processes.ts';
import { makeHome, type TestDaemon, testConfig } from '../helpers/test-daemon.ts';
import { moment, turn } from '../helpers/turns.ts';
import {
  agentOf,
  expectReport,
  type Obedience,
  obey,
  oneScript,
  type RunKind,
  type Story,
  testStories,
} from './obeyed-advice-set-up.ts';
import { explanation, plugin, settings, until } from './reasons-set-up.ts';

const good = '#!/bin/sh\necho "a 1"\n';

/** What a run in flight is like, and what lets it end. */
type InFlight = { readonly agent: TestDaemon; readonly kind: ReasonKind; readonly release: () => void };

/**
 * A script whose run is in flight when `begin` acts. `ended` resolves when that run has finished.
 * The next run ends by itself.
 */
function inFlight(
  how: string,
  change: Partial<Config>,
  begin: (agent: TestDaemon) => void,
  obeyed: (run: InFlight, ended: () => Promise<unknown>) => Obedience,
): Story {
  return {
    how,
    act: async (kind) => {
      const home = makeHome();
      const hold = holdFifo();
      const path = installPlugin(home.scripts, 'waits-on-fifo', { as: 'x.sh' });
      const agent = agentOf(home, change, { HOLD_FIFO: hold.path });
      const finished = agent.events.next('run.finished');
      agent.tick();
      const [pid] = await untilCount(path, 1);
      await until(agent, () => plugin(agent, 'x').currentRun?.pid === pid);
      begin(agent);
      const ended = async () => {
        await finished;
        await turn();
      };
      await obey({ home, agent, file: 'x.sh', kind }, obeyed({ agent, kind, release: hold.release }, ended));
      hold.release();
      await expectReport(agent, 'x.sh');
    },
  };
}

/** One slot, which `a-first` holds, while the processors are busy. */
function waiting(how: string, cpuBusyPercent: number, says: RegExp, cure: Partial<Config>): Story {
  return {
    how,
    act: async (kind) => {
      const home = makeHome();
      const hold = holdFifo();
      const path = installPlugin(home.scripts, 'waits-on-fifo', { as: 'a-first' });
      writePlugin(home.scripts, 'x.sh', good);
      const limits = { maxConcurrency: 1, overdueAfterMs: 200_000 };
      const agent = agentOf(home, limits, { HOLD_FIFO: hold.path }, { hostFiles: busyHost(cpuBusyPercent) });
      agent.tick();
      await untilCount(path, 1);
      agent.tick();
      const finished = agent.events.next('run.finished', ({ plugin: file }) => file === 'x.sh');
      const byHand = async () => {
        agent.reload(cure);
        if (cure.maxConcurrency === undefined) hold.release();
        await finished;
        await turn();
        hold.release(9);
      };
      await obey({ home, agent, file: 'x.sh', kind }, { commands: [], says, byHand });
      await expectReport(agent, 'x.sh');
    },
  };
}

/** A script leaves a process behind, which the `ps` shows. A person ends it and corrects that. */
function leavesBehind(how: string, maxLeftovers: number, says: RegExp): Story {
  return {
    how,
    act: async (kind) => {
      const [home, hold] = [makeHome(), holdFifo()];
      writePlugin(home.scripts, 'x.sh', `#!/bin/sh\n(read -r _ < '${hold.path}') &\necho "a 1"\n`);
      const agent = agentOf(home, { bounds: { ...testConfig(home).bounds, maxLeftovers } });
      agent.tick();
      while (plugin(agent, 'x').runs === 0) {
        await moment();
        agent.clock.advance(100);
      }
      const { pids } = await agent.events.next('run.left-process');
      const byHand = async () => {
        process.kill(pids[0] ?? 0);
        writePlugin(home.scripts, 'x.sh', `#!/bin/sh\n(read -r _ < '${hold.path}') >/dev/null 2>&1 &\necho "a 1"\n`);
        await agent.events.next('run.left-nothing');
      };
      await obey(
        { home, agent, file: 'x.sh', kind },
        { commands: [{ begins: 'ps ', exits: 0, shows: /x\.sh/ }], says, byHand },
      );
      await expectReport(agent, 'x.sh');
    },
  };
}

const stories: Readonly<Record<RunKind, readonly Story[]>> = {
  hung: [
    inFlight(
      'the ps shows it, and the kill ends it',
      {},
      (agent) => {
        agent.clock.advance(5000);
        agent.tick();
      },
      (_run, ended) => ({
        commands: [
          { begins: 'ps ', exits: 0, shows: /x\.sh/ },
          { begins: 'kill ', exits: 0 },
        ],
        says: /; the first command shows what it waits for, the second one ends it$/,
        byHand: ended,
      }),
    ),
  ],
  slow: [
    inFlight(
      'it ends, and reports',
      {},
      (agent) => agent.clock.advance(5000),
      ({ agent, release }, ended) => ({
        commands: [],
        says: /; it reports when it ends$/,
        byHand: async () => {
          release();
          await ended();
          expect(plugin(agent, 'x')).toMatchObject({ state: 'ok', reasons: [], lastRun: { samples: 1 } });
        },
      }),
    ),
  ],
  skipped: [
    inFlight(
      'the interval is raised to what the sentence names',
      { overdueAfterMs: 200_000 },
      (agent) => agent.tick(),
      ({ agent, kind, release }, ended) => ({
        commands: [],
        says: /; raise interval under \[plugin:x\] to \d+s or more$/,
        byHand: async () => {
          const intervalS = Number(/ to (\d+)s or more$/.exec(explanation(agent, 'x', kind))?.[1]);
          agent.reload({ plugins: new Map([['x', { ...settings, intervalS }]]) });
          release();
          await ended();
        },
      }),
    ),
    inFlight(
      'a hung run is ended as the reason beside it says',
      {},
      (agent) => {
        agent.clock.advance(5000);
        agent.tick();
      },
      ({ agent }, ended) => ({
        commands: [],
        says: /; it runs again once that has ended$/,
        byHand: async () => {
          process.kill(plugin(agent, 'x').currentRun?.pid ?? 0);
          await ended();
        },
      }),
    ),
  ],
  waiting: [
    waiting('max_concurrency is raised', 25, /; set max_concurrency under \[agent\] to a larger number$/, {
      maxConcurrency: 2,
    }),
    waiting('fewer scripts run, while the CPUs are busy', 95, /, or run fewer scripts$/, {
      plugins: new Map([['a-first', { ...settings, enabled: false }]]),
    }),
  ],
  'left-process': [
    leavesBehind(
      'the process is ended, and the script writes its output elsewhere',
      20,
      /write >\/dev\/null 2>&1 &; the/,
    ),
  ],
  'too-many-left': [
    leavesBehind(
      'the process is ended, and the script writes its output elsewhere',
      1,
      /; it runs again when fewer are/,
    ),
  ],
  'not-run-yet': [
    oneScript(
      'its tick comes',
      () => ({}),
      () => {},
      () => ({ commands: [], says: /; it runs at \d\d:\d\d:00, in \d+s$/ }),
    ),
    inFlight(
      'its first run ends',
      {},
      () => {},
      ({ release }, ended) => ({
        commands: [],
        says: /^its first run since the agent started is still running$/,
        byHand: async () => {
          release();
          await ended();
        },
      }),
    ),
  ],
};

testStories(stories);
