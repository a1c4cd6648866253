import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLocalTrials } from '../../src/agent/local-trials.ts';
import { defaultPluginSettings } from '../../src/config/plugin-settings.ts';
import { systemEdges } from '../../src/io/edges.ts';
import type { FormatName } from '../../src/model/format.ts';
import type { PreviousRun, TrialEvent } from '../../src/model/trial.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome, testConfig } from '../helpers/test-daemon.ts';

const own = { program: ['prog'], stateDir: [], configuration: [], configFile: '/etc/x.ini', isWhole: true };

/** Runs scripts without an agent; `format` is that of the section of \`p\`. */
function setUp(format: FormatName | null = null) {
  const plugins = new Map([['p', { ...defaultPluginSettings, format }]]);
  const local = createLocalTrials(testConfig(makeHome(), { plugins }), systemEdges(), own);
  onTestFinished(local.close);
  const dir = tempDir();
  return async (body: string, tried: FormatName | null = null, previous: PreviousRun | null = null) => {
    const events: TrialEvent[] = [];
    writePlugin(dir, 'p', body);
    expect(await local.run(join(dir, 'p'), 'web1', previous, (event) => events.push(event), tried)).toBeNull();
    const ended = events.at(-1);
    if (ended?.event !== 'ended') throw new Error('the trial has not reported its end');
    const samples = ended.output.lines.flatMap(({ verdict }) =>
      verdict.kind === 'sample' ? [`${verdict.metric} ${verdict.value}`] : [],
    );
    return { ...ended, samples };
  };
}

const check = '#!/bin/sh\necho "args $#" >&2\necho "LOAD WARNING - x|load1=5"\nexit 1\n';

test('a script is run in the format of its section', async () => {
  expect(await setUp('nagios')(check)).toMatchObject({
    args: [],
    stderr: ['args 0'],
    failure: null,
    foreign: { format: 'nagios', message: 'LOAD WARNING - x', notFinite: 0, checkState: 'WARNING' },
  });
});

test('a script is run in the format that is tried, in the place of that', async () => {
  const run = setUp('prometheus');
  expect((await run(check, 'nagios')).foreign?.format).toBe('nagios');
  expect(await run('#!/bin/sh\necho "a $#"\n', 'native')).toMatchObject({ args: ['0'], samples: ['web1.p.a 1'] });
});

test('a run that failed has no message', async () => {
  const ended = await setUp()('#!/bin/sh\necho "OK - x|a=1"\nexit 9\n', 'nagios');
  expect(ended.foreign).toEqual({ format: 'nagios', message: null, notFinite: 0, checkState: null });
});

test('an output that looks like another format says where to configure that, and how to try it', async () => {
  const { output } = await setUp()('#!/bin/sh\necho "LOAD OK - x|load1=5"\n');
  expect(output.looksLike?.sentence).toContain('put format = nagios under [plugin:p] in /etc/x.ini');
  expect(output.looksLike?.commands).toEqual([expect.stringMatching(/^prog run --format nagios \/.*\/p$/)]);
});

const munin = (config: string) => `#!/bin/sh\n[ "$1" = config ] && { ${config}; }\necho "down.value 700"\n`;

test('a Munin plugin is asked what its fields are, and has rates since the run before', async () => {
  const run = setUp('munin');
  const script = munin('echo "down.type DERIVE"; echo "asked" >&2; exit 0');
  const first = await run(script);
  expect(first).toMatchObject({ args: [], samples: [], notes: [], stderr: ['asked'] });
  const before = { endedAtS: first.endedAtS - 7, status: 0, stdout: Buffer.from('down.value 0\n').toString('base64') };
  const [sample = ''] = (await run(script, null, before)).samples;
  expect(Number(sample.split(' ')[1])).toBeGreaterThan(50);
});

test('a Munin plugin that prints its values at once is run once', async () => {
  const ended = await setUp('munin')(munin('echo "down.label x"'));
  expect(ended).toMatchObject({ args: ['config'], samples: ['web1.p.down 700'] });
});

test('a Munin plugin that can not be asked is run all the same, with a note', async () => {
  const { notes, samples } = await setUp('munin')(munin('exit 4'));
  expect(samples).toEqual(['web1.p.down 700']);
  expect(notes.map(({ kind, sentence }) => [kind, sentence.slice(0, 57)])).toEqual([
    ['munin-config', 'run with the argument config, it exited with status 4, so'],
  ]);
});
