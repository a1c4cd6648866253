import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askAgent, controlSocket } from '../../src/control/client.ts';
import { createRoutes } from '../../src/dashboard/routes.ts';
import { type Handle, serveHttp } from '../../src/io/net/http-server.ts';
import { askSocket } from '../../src/io/net/socket-client.ts';
import type { PluginAnswer } from '../../src/model/status.ts';
import { asking } from '../dashboard/asking.ts';
import { nowOf } from '../helpers/status-now.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { samplePlugin, sampleStatus } from '../view/sample.ts';

const isRoot = process.getuid?.() === 0;
const status = sampleStatus();

async function listening(handle: Handle): Promise<string> {
  const stateDir = join(tempDir(), 'state');
  mkdirSync(stateDir, { mode: 0o700 });
  const served = await serveHttp({ socketPath: controlSocket(stateDir) }, handle);
  if (!served.ok) throw new Error(served.error);
  onTestFinished(served.value.close);
  return stateDir;
}

const words =
  (text: string, code = 200): Handle =>
  () => ({ status: code, headers: {}, body: text });

/** The answer about a name that selects no plugin. */
function missing(name: string): PluginAnswer {
  return { plugins: [], missing: name, advice: { kind: 'no-such-script', sentence: name, commands: [] } };
}

/** Why there is no answer from the agent of this state directory. */
async function detailOf(stateDir: string): Promise<string> {
  const answer = await askAgent(askSocket, stateDir).status();
  if (answer.ok) throw new Error('it answered');
  return answer.error.kind === 'trouble' ? answer.error.detail : answer.error.kind;
}

test('the status and the answer about a plugin arrive unchanged', async () => {
  const detail = samplePlugin('x.sh', { stderr: ['an umläut, a line\nfeed and \u{1f600}'] });
  const plugin = (name: string): PluginAnswer =>
    name === 'x & y' ? { plugins: [detail], missing: null, advice: null } : missing(name);
  const client = askAgent(askSocket, await listening(createRoutes(asking({ status: () => nowOf(status), plugin }))));
  expect(await client.status()).toEqual({ ok: true, value: status });
  expect(await client.plugin('x & y')).toEqual({ ok: true, value: { plugins: [detail], missing: null, advice: null } });
  expect(await client.plugin('é/?#%\ud800')).toEqual({ ok: true, value: missing('é/?#%\ufffd') });
});

describe('no agent runs', () => {
  test('where there is no state directory, no socket, or only the file of one that was killed', async () => {
    const dir = tempDir();
    expect(await detailOf(join(dir, 'none'))).toBe('not-running');
    expect(await detailOf(dir)).toBe('not-running');
    const stateDir = await listening(words(''));
    mkdirSync(join(dir, 'state'));
    const bind = `require('node:net').createServer().listen(${JSON.stringify(controlSocket(join(dir, 'state')))}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', bind]);
    expect(await detailOf(join(dir, 'state'))).toBe('not-running');
    expect(await detailOf(controlSocket(stateDir))).toBe('not-running'); // a file where the directory should be
  });
});

describe('a trouble is one sentence that says what to type', () => {
  test('a path that is too long for a socket', async () => {
    const dir = join('/tmp', 'x'.repeat(110));
    expect(await detailOf(dir)).toBe(
      `the path ${dir}/control.sock is too long for a socket, so no agent can be asked there; name a shorter one with --state-dir DIR`,
    );
  });

  test.skipIf(!isRoot)(
    `the socket of another user${isRoot ? '' : ' (left out: only root can become another user)'}`,
    async () => {
      const stateDir = await listening(words(''));
      process.seteuid?.(65534);
      const detail = await detailOf(stateDir).finally(() => process.seteuid?.(0));
      expect(detail).toBe(
        `${controlSocket(stateDir)} belongs to another user (EACCES); ask as the agent's user, or as root: with sudo, and --state-dir '${stateDir}'`,
      );
    },
  );

  test('an agent with another version', async () => {
    const said = 'the running agent has another version; restart it the way it was started';
    const withoutReason = JSON.stringify({ ...status, scripts: { isEnabled: true, location: '/s', suspension: null } });
    for (const text of ['{"format":2}', '{}', 'null', '[', '', withoutReason])
      expect(await detailOf(await listening(words(text)))).toBe(said);
    for (const text of ['{}', '{"plugins":[],"missing":"there is no script x"}'])
      expect(await askAgent(askSocket, await listening(words(text))).plugin('x')).toEqual({
        ok: false,
        error: { kind: 'trouble', detail: said },
      });
  });

  test('an agent that refuses, stays silent or breaks off', async () => {
    expect(await detailOf(await listening(words('there is nothing here\n', 404)))).toBe(
      'the agent answered 404: there is nothing here',
    );
    const saying = async (code: string) => {
      const answer = await askAgent(async () => ({ ok: false, error: code }), '/state').status();
      return answer.ok ? null : answer.error;
    };
    expect(await saying('ETIMEDOUT')).toEqual({
      kind: 'trouble',
      detail:
        'the agent has not answered on /state/control.sock for 10 s; see whether its process is stopped or gets no CPU time',
    });
    expect(await saying('ECONNRESET')).toEqual({
      kind: 'trouble',
      detail: 'the agent does not answer on /state/control.sock (ECONNRESET); try again',
    });
  });
});
