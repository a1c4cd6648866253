import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PluginStatus, Status } from '../../src/model/status.ts';
import { reason } from '../../src/view/reason.ts';
import { startProgram } from '../helpers/agent.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { projectRoot } from '../helpers/pages.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';
import { findProgram } from '../integration/servers/server.ts';
import { titleOf } from '../integration/set-up.ts';
import { samplePlugin, sampleStatus } from '../view/sample.ts';
import { sink } from '../view/set-up.ts';

const check = `${projectRoot}examples/alerting/check_instrument_server.sh`;
const program = `#!/bin/sh\nexec '${process.execPath}' '${projectRoot}dist/main.js' "$@"\n`;
const quiet = { plugins: [samplePlugin('a.sh')], sinks: [] };

type CheckResult = { readonly status: number | null; readonly lines: readonly string[] };

/** Runs the check where `instrument_server` is the script `command`. */
function runCheck(command: string, args: readonly string[] = [], path = process.env['PATH'] ?? ''): CheckResult {
  const bin = tempDir();
  writePlugin(bin, 'instrument_server', command);
  const { status, stdout, stderr } = spawnSync('/bin/sh', [check, ...args], {
    env: { PATH: `${bin}:${path}`, LC_ALL: 'C.UTF-8' },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return { status, lines: stdout.trimEnd().split('\n') };
}

function runCheckOf(change: Partial<Status>): CheckResult {
  const file = join(tempDir(), 'status.json');
  writeFileSync(file, JSON.stringify(sampleStatus({ ...quiet, ...change }), null, 2));
  return runCheck(`#!/bin/sh\ncat '${file}'\n`);
}

test('without jq, the check says what to install', () => {
  const empty = tempDir();
  mkdirSync(join(empty, 'bin'));
  expect(runCheck('#!/bin/sh\n', [], join(empty, 'bin'))).toEqual({
    status: 3,
    lines: ['UNKNOWN: jq is not installed: apt install jq, or dnf install jq'],
  });
});

const jq = findProgram('jq'); // the check reads the document with it
describe.skipIf(jq === null)(titleOf('with jq', { jq }), () => {
  test('trouble that is muted is no alarm', () => {
    const failing = (file: string, change: Partial<PluginStatus> = {}) =>
      samplePlugin(file, { state: 'failing', reasons: [reason('exit-status', 'it failed')], ...change });
    const plugins = [failing('a.sh', { muted: { untilS: null } }), samplePlugin('b.sh')];
    expect(runCheckOf({ plugins })).toEqual({ status: 0, lines: ['OK: 1 of 2 plugins report'] });
    expect(runCheckOf({ plugins: [...plugins, failing('c.sh')] })).toEqual({
      status: 1,
      lines: ['WARNING: 1 of 3 plugins report', 'c.sh is failing: it failed'],
    });
  });

  test('the check names what a running agent does not report, and is critical when that agent is gone', async () => {
    const home = makeHome();
    writePlugin(home.scripts, 'good.sh', '#!/bin/sh\necho "a 1"\n');
    writePlugin(home.scripts, 'bad.sh', '#!/bin/sh\necho "no database" >&2\nexit 3\n');
    const flags = ['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1'];
    const agent = startProgram(flags, { env: { HOME: home.state } });
    await agent.event('run.failed');
    await agent.until(() => agent.printed.some((line) => line.includes('good.a 1 ')));
    const { status, lines } = runCheck(program, ['--state-dir', home.state]);
    expect({ status, first: lines[0] }).toEqual({ status: 1, first: 'WARNING: 1 of 2 plugins report' });
    expect(lines.slice(1)).toEqual([expect.stringMatching(/^bad\.sh is failing: .*"no database".* status bad\.sh$/)]);
    agent.process.kill('SIGTERM');
    await agent.exit;
    expect(runCheck(program, ['--state-dir', home.state])).toEqual({
      status: 2,
      lines: [expect.stringMatching(/^CRITICAL: instrument_server: not running: /)],
    });
    expect(runCheck(program, ['--state-dirr', home.state])).toMatchObject({ status: 3 });
  });

  test.skipIf(!findProgram('timeout'))(
    'an agent that hangs is critical before NRPE gives up (skipped where there is no `timeout`)',
    async () => {
      const { state } = makeHome();
      const agent = startProgram(['--state-dir', state, '-r', '1'], { env: { HOME: state } });
      await agent.event('daemon.started');
      while (!existsSync(join(state, 'control.sock'))) await moment();
      agent.process.kill('SIGSTOP');
      expect(runCheck(program, ['--state-dir', state])).toEqual({
        status: 2,
        lines: ['CRITICAL: the agent did not answer within 8 s'],
      });
      agent.process.kill('SIGCONT');
      agent.process.kill('SIGTERM');
      expect(await agent.exit).toBe(0);
    },
  );

  test('a host where all is well is one line', () => {
    expect(runCheckOf({})).toEqual({ status: 0, lines: ['OK: 1 of 1 plugins report'] });
  });

  const { atS } = sampleStatus();
  const away = sink({ name: 'otlp', state: 'away', trouble: 'no route', waitingSamples: 7 });
  test.each<[what: string, status: number, change: Partial<Status>, line: string]>([
    ['a tick that is late', 2, { lastTickAtS: atS - 66 }, 'no tick for 66 s'],
    ['a start without a tick', 2, { lastTickAtS: null, startedAtS: atS - 90 }, 'no tick for 90 s'],
    ['a full disk', 2, { storeFailure: 'disk full' }, 'samples are not stored: disk full'],
    ['a refused key', 2, { sinks: [{ ...away, state: 'refused' }] }, 'otlp refuses the agent: no route'],
    [
      'a sink that is away for long',
      1,
      { sinks: [{ ...away, troubleSinceS: atS - 301 }] },
      'otlp is away, and 7 samples wait: no route',
    ],
    [
      'a mistake in a file',
      1,
      { configurationProblems: ['x.ini:2: bad'] },
      'the configuration on disk is not in force: x.ini:2: bad',
    ],
    [
      'text that would act on a terminal',
      1,
      {
        plugins: [
          samplePlugin('b\u001b[2J\n.sh', { state: 'silent', reasons: [reason('empty-output', 'it\u009bis')] }),
        ],
      },
      'b?[2J?.sh is silent: it?is',
    ],
  ])('%s gives status %i', (_what, status, change, line) => {
    expect(runCheckOf(change)).toEqual({
      status,
      lines: [expect.stringMatching(/^(WARNING|CRITICAL): . of 1 plugins report$/), line],
    });
  });

  test('a sink that is away for a moment, a slow plugin and a disabled one are not worth a call', () => {
    const plugins = (['slow', 'late', 'disabled', 'pending', 'ok'] as const).map((state) =>
      samplePlugin(state, { state }),
    );
    const { status, lines } = runCheckOf({ sinks: [{ ...away, troubleSinceS: atS - 200 }], plugins });
    expect({ status, lines }).toEqual({ status: 0, lines: ['OK: 1 of 5 plugins report'] });
  });
});
