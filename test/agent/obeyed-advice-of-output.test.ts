import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makeHome, testConfig } from '../helpers/test-daemon.ts';
import {
  agentOf,
  expectReport,
  type OutputKind,
  obey,
  type Story,
  script,
  testStories,
} from './obeyed-advice-set-up.ts';
import { explanation } from './reasons-set-up.ts';

const good = '#!/bin/sh\necho "a 1"\n';
const program = 'instrument_server --state-dir ';

/** Gives a script another body, in one step. */
function rewrite(path: string, body: string): void {
  const at = path.lastIndexOf('/');
  writePlugin(path.slice(0, at), path.slice(at + 1), body);
}

const cut: Story = {
  how: 'max_output is set to what the sentence names',
  act: async (kind) => {
    const home = makeHome();
    writePlugin(home.scripts, 'x.sh', '#!/bin/sh\nseq -f "a.%g 1" 20\n');
    const scripts = { ...testConfig(home).scripts, maxOutputBytes: 70 };
    const agent = agentOf(home, { scripts });
    await agent.tickAndFinish('x.sh');
    const mib = Number(/max_output = (\d+)MiB/.exec(explanation(agent, 'x', kind))?.[1]);
    await obey(
      { home, agent, file: 'x.sh', kind },
      {
        commands: [],
        says: /; print less, or set max_output = \d+MiB under \[scripts\]$/,
        byHand: () => agent.reload({ scripts: { ...scripts, maxOutputBytes: mib * 1024 * 1024 } }),
      },
    );
    await expectReport(agent, 'x.sh');
  },
};

const stories: Readonly<Record<OutputKind, readonly Story[]>> = {
  'exit-status': [
    script('the status shows its stderr, and a person corrects that', {
      body: '#!/bin/sh\necho "first line" >&2\necho "no such host" >&2\nexit 3\n',
      obeyed: (path) => ({
        commands: [{ begins: program, exits: 0, shows: /first line\n.*no such host/ }],
        says: /its last line on stderr: "no such host"; correct that, so that it exits with 0$/,
        byHand: () => rewrite(path, good),
      }),
    }),
    script('the run shows what it does, and a person corrects that', {
      body: '#!/bin/sh\necho "a 1"\nexit 3\n',
      obeyed: (path) => ({
        commands: [{ begins: program, exits: 3, shows: /a 1/ }],
        says: /it wrote nothing to stderr: try it by hand, and correct it so that it exits with 0$/,
        byHand: () => rewrite(path, good),
      }),
    }),
    script('PATH is set to where its command is', {
      body: '#!/bin/sh\nof-this-test\n',
      obeyed: (_path, home, agent) => ({
        commands: [{ begins: program, exits: 0, shows: /of-this-test.*not found/ }],
        says: /a command was not found: look at its stderr, and at PATH in \[env\]/,
        byHand: () => {
          const bin = join(home.state, '..', 'more');
          mkdirSync(bin);
          writePlugin(bin, 'of-this-test', good);
          agent.reload({ env: { PATH: `${bin}:${process.env['PATH']}` } });
        },
      }),
    }),
  ],
  'empty-output': [
    script('by hand it prints nothing either, and a person lets it print lines', {
      body: '#!/bin/sh\nexit 0\n',
      obeyed: (path) => ({
        commands: [{ begins: "'/", exits: 0, shows: /^$/ }],
        says: /; print NAME VALUE lines, and try it by hand$/,
        byHand: () => rewrite(path, good),
      }),
    }),
    script('its status shows its stderr', {
      body: '#!/bin/sh\necho "a 1" >&2\n',
      obeyed: (path) => ({
        commands: [
          { begins: "'/", exits: 0, shows: /^a 1\n$/ },
          { begins: program, exits: 0, shows: /a 1/ },
        ],
        says: /; its last line on stderr: "a 1"; print NAME VALUE lines, and try it by hand$/,
        byHand: () => rewrite(path, good),
      }),
    }),
  ],
  'no-line-end': [
    script('its beginning is shown, and a person ends the lines', {
      body: '#!/bin/sh\nyes "a 1" | head -n 4500000 | tr "\\n" " "\n',
      obeyed: (path) => ({
        commands: [{ begins: "'/", exits: 0, shows: /^(a 1 ){50}$/ }],
        says: /; end each NAME VALUE line with \\n; this shows how it begins$/,
        byHand: () => rewrite(path, good),
      }),
    }),
  ],
  'only-bad-lines': [
    script('a person does what the hint says', {
      body: '#!/bin/sh\necho "load 5%"\n',
      obeyed: (path) => ({
        commands: [],
        says: /the first is line 1, "load 5%": leave out the %: 5$/,
        byHand: () => rewrite(path, '#!/bin/sh\necho "load 5"\n'),
      }),
    }),
    script('the run shows what another format gives, and a person configures that', {
      body: `#!/bin/sh\ncat <<'END'\na{b="c"} 1\na{b="d"} 2\nEND\n`,
      obeyed: (_path, _home, agent) => ({
        commands: [{ begins: program, exits: 0, shows: /read as prometheus\n[\s\S]*testhost\.x\.a\.b\.d 2 / }],
        says: /this looks like Prometheus text; put format = prometheus under \[plugin:x\] in \/etc\/\S+\.ini; /,
        byHand: () => agent.reload({ plugins: new Map([['x', { ...defaultPluginSettings, format: 'prometheus' }]]) }),
      }),
    }),
  ],
  'decimal-comma': [
    script('a person writes a point', {
      body: '#!/bin/sh\necho "load 1,5"\n',
      obeyed: (path) => ({
        commands: [],
        says: /: write 1\.5, or run with LC_ALL=C$/,
        byHand: () => rewrite(path, '#!/bin/sh\necho "load 1.5"\n'),
      }),
    }),
    script('LC_ALL=C is set for it', {
      body: '#!/bin/sh\n[ "$LC_ALL" = C ] && echo "load 1.5" || echo "load 1,5"\n',
      obeyed: (_path, _home, agent) => ({
        commands: [],
        says: /: write 1\.5, or run with LC_ALL=C$/,
        byHand: () => agent.reload({ env: { LC_ALL: 'C' } }),
      }),
    }),
  ],
  'some-bad-lines': [
    script('a person corrects the line that is shown', {
      body: '#!/bin/sh\necho "a 1"\necho "b x"\n',
      obeyed: (path) => ({
        commands: [],
        says: /^1 of 2 lines is not a sample; the first is line 2, "b x": a value is a number such as 12,/,
        byHand: () => rewrite(path, '#!/bin/sh\necho "a 1"\necho "b 2"\n'),
      }),
    }),
  ],
  'output-cut': [cut],
  'output-lost': [
    script('a person puts the state directory in order', {
      body: ({ state }) => `#!/bin/sh
seq -f "metric.%g 1" 20000
[ -e '${state}/spoiled' ] && exit 0
touch '${state}/spoiled'
for file in '${state}/outputs'/*; do rm "$file"; mkdir "$file"; done
`,
      obeyed: (_path, home) => ({
        commands: [],
        says: /EISDIR.*; look at the disk of the state directory; its next output is read as usual$/,
        byHand: () => {
          const outputs = join(home.state, 'outputs');
          for (const name of readdirSync(outputs)) rmdirSync(join(outputs, name));
        },
      }),
    }),
  ],
};

testStories(stories);
