import type { Bounds } from '../../src/model/config.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, type TestDaemon, testConfig } from '../helpers/test-daemon.ts';
import { agentOf, type BoundKind, expectReport, obey, type Story, testStories } from './obeyed-advice-set-up.ts';

/** A script that is run `runs` times with this bound, which says what is done about it. */
function beyond(
  how: string,
  bound: Partial<Bounds>,
  { body, runs = 1 }: { body: string; runs?: number },
  { says, byHand }: { says: RegExp; byHand: (agent: TestDaemon, path: string) => unknown },
): Story {
  return {
    how,
    act: async (kind) => {
      const home = makeHome();
      const path = writePlugin(home.scripts, 'x.sh', body);
      const { bounds } = testConfig(home);
      const agent = agentOf(home, { bounds: { ...bounds, ...bound } });
      for (let run = 0; run < runs; run += 1) await agent.tickAndFinish('x.sh');
      await obey(
        { home, agent, file: 'x.sh', kind },
        { commands: [], says, byHand: async () => await byHand(agent, path) },
      );
      await expectReport(agent, 'x.sh');
    },
  };
}

const { bounds } = testConfig({ scripts: '', state: '' });
const good = '#!/bin/sh\necho "a 1"\n';
const newNames = '#!/bin/sh\necho "pid_$$ 1"\necho "pid_$$.rss 1"\n';

/** Gives a script another body, in one step. */
function rewrite(path: string, body: string): void {
  const at = path.lastIndexOf('/');
  writePlugin(path.slice(0, at), path.slice(at + 1), body);
}

const stories: Readonly<Record<BoundKind, readonly Story[]>> = {
  'too-many-samples': [
    beyond(
      'max_samples is raised',
      { maxSamples: 3 },
      { body: '#!/bin/sh\nseq -f "a.%g 1" 4\n' },
      {
        says: /^1 sample of its last run was not sent: .*; print fewer, or raise max_samples$/,
        byHand: (agent) => agent.reload({ bounds: { ...bounds, maxSamples: 4 } }),
      },
    ),
  ],
  'too-many-names': [
    beyond(
      'the script is corrected, and has room for other names at once',
      { maxNames: 2 },
      { body: newNames, runs: 2 },
      {
        says: /; let it print the same names at each run, or raise max_names under \[scripts\]$/,
        byHand: (_agent, path) => rewrite(path, good),
      },
    ),
    beyond(
      'max_names is raised',
      { maxNames: 2 },
      { body: newNames, runs: 2 },
      {
        says: /or raise max_names under \[scripts\]$/,
        byHand: (agent) => agent.reload({ bounds: { ...bounds, maxNames: 9 } }),
      },
    ),
  ],
  'stderr-cut': [
    beyond(
      'max_stderr is raised',
      { maxStderrBytes: 1024 },
      { body: '#!/bin/sh\nseq 1000 2000 >&2\necho "a 1"\n', runs: 2 },
      {
        says: /; write less to stderr, or raise max_stderr$/,
        byHand: (agent) => agent.reload({ bounds: { ...bounds, maxStderrBytes: 1024 ** 2 } }),
      },
    ),
  ],
};

testStories(stories);
