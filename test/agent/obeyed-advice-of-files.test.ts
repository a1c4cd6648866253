import { chmodSync, chownSync, readlinkSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { type Home, makeHome, type TestDaemon } from '../helpers/test-daemon.ts';
import {
  agentOf,
  expectReport,
  type FileKind,
  type Obedience,
  obey,
  type Story,
  testStories,
} from './obeyed-advice-set-up.ts';

const needsRoot = process.getuid?.() !== 0 && 'only root can give a file away';
const nobody = 65_534;
const good = 'echo "a 1"\n';
const run = (begins: string) => ({ begins, exits: 0 });

/** A directory that is as it should be until `spoil` acts on it. */
function directory(how: string, spoil: (scripts: string) => void, obeyed: (home: Home) => Obedience): Story {
  return {
    how,
    act: async (kind) => {
      const home = makeHome();
      installPlugin(home.scripts, 'two-gauges');
      const agent = agentOf(home);
      spoil(home.scripts);
      agent.tick();
      await obey({ home, agent, file: 'two-gauges', kind }, obeyed(home));
      await expectReport(agent, 'two-gauges');
    },
  };
}

/** A file that `make` puts into the directory. `over` is what is expected if it is not a report. */
function file(
  how: string,
  make: (path: string) => void,
  obeyed: (path: string) => Obedience,
  over: (agent: TestDaemon) => unknown = (agent) => expectReport(agent, 'x.sh'),
): Story {
  return {
    how,
    act: async (kind) => {
      const home = makeHome();
      const path = join(home.scripts, 'x.sh');
      make(path);
      const agent = agentOf(home);
      await obey({ home, agent, file: 'x.sh', kind }, obeyed(path));
      await over(agent);
    },
  };
}

/** It is not a plugin any more, and no one misses it. */
function expectGone(agent: TestDaemon): void {
  agent.tick();
  expect(agent.status().plugins).toEqual([]);
}

const linkTo = (mode: number) => (path: string) => symlinkSync(installPlugin(tempDir(), 'two-gauges', { mode }), path);

const scriptWithMode = (mode: number) => (path: string) => {
  writeFileSync(path, `#!/bin/sh\n${good}`);
  chmodSync(path, mode);
};

/** Two scripts of one agent. One of them is moved as the advice says. */
const collision: Story = {
  how: 'the mv gives one of two scripts a name of its own',
  act: async (kind) => {
    const home = makeHome();
    for (const name of ['a', 'a.sh']) writePlugin(home.scripts, name, `#!/bin/sh\n${good}`);
    const agent = agentOf(home);
    await agent.tickAndFinish('a', 'a.sh');
    await obey({ home, agent, file: 'a.sh', kind }, { commands: [run('mv -n ')], says: null });
    await expectReport(agent, 'a_sh.sh');
    await expectReport(agent, 'a');
  },
};

function collisionWithHost(how: string, byCommand: boolean): Story {
  return {
    how,
    act: async (kind) => {
      const home = makeHome();
      writePlugin(home.scripts, 'load', '#!/bin/sh\necho "1min -7"\n');
      const agent = agentOf(home, { hostMetrics: true });
      await agent.tickAndFinish('load');
      await obey(
        { home, agent, file: 'load', kind },
        byCommand
          ? { commands: [run('mv -n ')], says: null }
          : {
              commands: ['another choice'],
              says: /or set host_metrics = false under \[agent\]$/,
              byHand: () => agent.reload({ hostMetrics: false }),
            },
      );
      await expectReport(agent, byCommand ? 'load_2' : 'load');
    },
  };
}

const stories: Readonly<Record<FileKind, readonly Story[]>> = {
  'directory-suspended': [
    directory(
      'the chmod corrects its mode',
      (scripts) => chmodSync(scripts, 0o2755),
      () => ({ commands: [run('chmod ')], says: null }),
    ),
    {
      ...directory(
        'the chown gives it to the agent',
        (scripts) => chownSync(scripts, nobody, nobody),
        () => ({ commands: [run('chown ')], says: /otherwise give it to this one$/ }),
      ),
      leftOut: needsRoot,
    },
    directory(
      'the chmod takes the right to write from others in a folder above it',
      (scripts) => chmodSync(dirname(scripts), 0o757),
      () => ({ commands: [run('chmod o-w ')], says: null }),
    ),
    {
      ...directory(
        'the scripts are moved out of the folder of another user, to where -s names them',
        (scripts) => chownSync(dirname(scripts), nobody, nobody),
        ({ scripts }) => ({
          commands: [],
          says: /; move the scripts to a directory where only root can write the folders above it, and name it with -s$/,
          byHand: () => chownSync(dirname(scripts), 0, 0), // as good as a move, and -s is for a start
        }),
      ),
      leftOut: needsRoot,
    },
    directory(
      'the mkdir makes it, and a person puts the scripts into it',
      (scripts) => renameSync(scripts, `${scripts}.away`),
      ({ scripts }) => ({
        commands: [run('mkdir ')],
        says: /there is no directory .*; make it, and put the scripts into it$/,
        byHand: () => installPlugin(scripts, 'two-gauges'),
      }),
    ),
  ],
  'not-a-script': [
    file(
      'the first command hides what is not one',
      (path) => writeFileSync(path, '# Notes\n', { mode: 0o644 }),
      () => ({ commands: [run('mv -n '), 'another choice'], says: /not a script\? .*, as the first command does\./ }),
      expectGone,
    ),
    file(
      'the rest makes it one, and a person writes the #! line',
      (path) => writeFileSync(path, good, { mode: 0o644 }),
      (path) => ({
        commands: ['another choice', run('chmod ')],
        says: /A script\? Then make it one, as the rest does, and write a #! line$/,
        byHand: () => writeFileSync(path, `#!/bin/sh\n${good}`),
      }),
    ),
    file(
      'a copy takes the place of a link',
      (path) => {
        const target = join(tempDir(), 'target');
        writeFileSync(target, good, { mode: 0o644 });
        symlinkSync(target, path);
      },
      (path) => ({
        commands: ['another choice'],
        says: /A script\? Then put a copy with mode 0700 and a #! line in the place of the link$/,
        byHand: () => {
          unlinkSync(path);
          writeFileSync(path, `#!/bin/sh\n${good}`, { mode: 0o700 });
        },
      }),
    ),
  ],
  'wrong-mode': [
    file('the chmod', scriptWithMode(0o4755), () => ({ commands: [run('chmod ')], says: null })),
    file('the install, for a link to a file elsewhere', linkTo(0o755), () => ({
      commands: [run('install ')],
      says: null,
    })),
    file('a script of two lines in the place of the link', linkTo(0o755), (path) => ({
      commands: ['another choice'],
      says: /, or a script of two lines, #!\/bin\/sh and exec '.*' "\$@"$/,
      byHand: () => {
        const target = readlinkSync(path);
        unlinkSync(path);
        writeFileSync(path, `#!/bin/sh\nexec '${target}' "$@"\n`, { mode: 0o700 });
      },
    })),
  ],
  'not-executable': [
    file('the chmod', scriptWithMode(0o644), () => ({ commands: [run('chmod ')], says: null })),
    file('the install, for a link to a file elsewhere', linkTo(0o644), () => ({
      commands: [run('install ')],
      says: null,
    })),
  ],
  'wrong-owner': [
    {
      ...file(
        'the chown and the chmod',
        (path) => {
          scriptWithMode(0o755)(path);
          chownSync(path, nobody, nobody);
        },
        () => ({ commands: [run('chown '), run('chmod ')], says: null }),
      ),
      leftOut: needsRoot,
    },
  ],
  'exposed-folder': [
    file(
      'the chmod takes the right to write from others in a folder above the target',
      (path) => {
        linkTo(0o700)(path);
        chmodSync(dirname(readlinkSync(path)), 0o703);
      },
      () => ({ commands: [run('chmod o-w ')], says: null }),
    ),
    {
      ...file(
        'a copy that was read takes the place of the link into the folder of another user',
        (path) => {
          linkTo(0o700)(path);
          chownSync(dirname(readlinkSync(path)), nobody, nobody);
        },
        (path) => ({
          commands: [],
          says: /; read that file, and put a copy of what you have read in the place of the link$/,
          byHand: () => {
            unlinkSync(path);
            scriptWithMode(0o700)(path);
          },
        }),
      ),
      leftOut: needsRoot,
    },
  ],
  'group-writable': [
    {
      ...file(
        'the chmod takes the right to write from the group of a folder above the target',
        (path) => {
          linkTo(0o700)(path);
          const folder = dirname(readlinkSync(path));
          chownSync(folder, 0, nobody);
          chmodSync(folder, 0o770);
        },
        () => ({ commands: [run('chmod g-w ')], says: null }),
      ),
      leftOut: needsRoot,
    },
  ],
  unreadable: [
    file(
      'a link that leads nowhere is corrected',
      (path) => symlinkSync('/no/such/script', path),
      (path) => ({
        commands: ['another choice'],
        says: /which does not exist; correct the link, or remove it$/,
        byHand: () => {
          unlinkSync(path);
          linkTo(0o700)(path);
        },
      }),
    ),
    file(
      'the rm removes a link that leads back to itself',
      (path) => symlinkSync(path, path),
      () => ({ commands: [run('rm ')], says: /; correct the link, or remove it$/ }),
      expectGone,
    ),
  ],
  'name-collision': [collision],
  'host-collision': [
    collisionWithHost('the mv gives the script another name', true),
    collisionWithHost('host_metrics = false leaves the name to it', false),
  ],
};

testStories(stories);
