import { expect, test } from 'vitest';
import { runStatus, type StatusEdges } from '../../src/cli/status.ts';
import { createRoutes } from '../../src/dashboard/routes.ts';
import type { AskSocket } from '../../src/io/net/socket-client.ts';
import type { PluginAnswer } from '../../src/model/status.ts';
import { asking } from '../dashboard/asking.ts';
import { replyText } from '../helpers/reply-text.ts';
import { nowOf } from '../helpers/status-now.ts';
import { samplePlugin, sampleStatus } from '../view/sample.ts';

const status = sampleStatus();
const answers: Readonly<Record<string, PluginAnswer>> = {
  'mail.sh': { plugins: [samplePlugin('mail.sh')], missing: null, advice: null },
};
const missing = (name: string): PluginAnswer => {
  const sentence = `there is no script ${name}`;
  return { plugins: [], missing: sentence, advice: { kind: 'no-such-script', sentence, commands: [] } };
};
const routes = createRoutes(
  asking({
    status: () => nowOf(status),
    plugin: (name) => answers[name] ?? missing(name),
  }),
);

const link = 'http://127.0.0.1:8642/?token=x';

const running: AskSocket = async (_socket, target) => {
  if (target === '/link.json')
    return { ok: true, value: { status: 200, text: JSON.stringify({ kind: 'served', link }) } };
  const { pathname, searchParams } = new URL(target, 'http://agent');
  const reply = await routes({
    method: 'GET',
    path: pathname,
    query: new Map(searchParams),
    headers: {},
    body: new Uint8Array(),
  });
  return { ok: true, value: { status: reply.status, text: replyText(reply) ?? '' } };
};
const failing =
  (error: string): AskSocket =>
  async () => ({ ok: false, error });

const places = { stateDir: '/state', pidFile: '/state/x.pid', uid: 0 };

async function typed(
  ask: AskSocket,
  plugin: string | null = null,
  isJson = false,
  found: ReturnType<StatusEdges['findAgent']> = { ok: true, value: null },
) {
  let [out, error] = ['', ''];
  const code = await runStatus(
    { places, plugin, isJson },
    {
      ask,
      findAgent: () => found,
      write: async (text) => {
        out += text;
      },
      writeError: (text) => {
        error += text;
      },
      options: { colours: false },
    },
  );
  return { code, out, error };
}

test('the whole status: as text, or as the JSON document that the agent gave', async () => {
  expect(await typed(running)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^instrument_server 2\.0\.0 on web1: up 3d 4h /),
    error: '',
  });
  expect((await typed(running)).out).toMatch(`\n\npage: ${link}\n`);
  const older: AskSocket = (socket, target, patienceMs) =>
    target === '/link.json' ? failing('EPIPE')(socket, target, patienceMs) : running(socket, target, patienceMs);
  expect(await typed(older)).toMatchObject({ code: 0, out: expect.not.stringContaining('page:'), error: '' });
  const asJson = await typed(running, null, true);
  expect(asJson).toMatchObject({ code: 0, error: '' });
  expect(JSON.parse(asJson.out)).toEqual(status);
});

test('a plugin: as text, or as JSON; a name that selects none is 1, and says why where the answer is expected', async () => {
  expect(await typed(running, 'mail.sh')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^mail\.sh: ok\n/),
    error: '',
  });
  expect(JSON.parse((await typed(running, 'mail.sh', true)).out)).toEqual(answers['mail.sh']);
  expect(await typed(running, 'mali')).toEqual({ code: 1, out: 'there is no script mali\n', error: '' });
  const asJson = await typed(running, 'mali', true);
  expect([asJson.code, JSON.parse(asJson.out)]).toEqual([1, missing('mali')]);
});

test('no agent is 3, one that does not answer as it should is 1, each with one line on stderr and nothing on stdout', async () => {
  for (const plugin of [null, 'mail.sh'])
    expect(await typed(failing('ENOENT'), plugin, true)).toEqual({
      code: 3,
      out: '',
      error:
        'instrument_server: not running: no agent uses the state directory /state; start one, or name the right directory with --state-dir DIR\n',
    });
  const stuck = { pid: 7, startedAt: 'x', foundBy: 'lock', hasSocket: false } as const;
  expect(await typed(failing('ENOENT'), null, false, { ok: true, value: stuck })).toEqual({
    code: 1,
    out: '',
    error:
      'instrument_server: running (pid 7), its socket /state/control.sock is missing; the agent makes it again at its next tick\n',
  });
  expect(
    (await typed(failing('ENOENT'), null, false, { ok: true, value: { ...stuck, foundBy: 'pid-file' } })).error,
  ).toBe(
    'instrument_server: running (pid 7), says the pid file /state/x.pid, and not on the state directory /state; name its own with --state-dir DIR\n',
  );
  expect((await typed(failing('ENOENT'), null, false, { ok: false, error: 'unknown' })).error).toBe(
    'instrument_server: unknown\n',
  );
  expect(await typed(failing('EPIPE'))).toEqual({
    code: 1,
    out: '',
    error: 'instrument_server: the agent does not answer on /state/control.sock (EPIPE); try again\n',
  });
  const oneOfTwo: AskSocket = (socket, target, patienceMs) =>
    target === '/status.json'
      ? running(socket, target, patienceMs)
      : failing('ECONNREFUSED')(socket, target, patienceMs);
  expect((await typed(oneOfTwo, 'mail.sh')).code).toBe(3); // it ended in between
  const forging: AskSocket = async () => ({ ok: true, value: { status: 500, text: 'a\u001b[2Jb\nc' } });
  expect((await typed(forging)).error).toBe('instrument_server: the agent answered 500: a\\x1b[2Jb\\nc\n');
});
