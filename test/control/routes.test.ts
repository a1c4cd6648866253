import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { askAgent, askForTrial, controlSocket } from '../../src/control/client.ts';
import { createControlRoutes, type OwnerRequests } from '../../src/control/routes.ts';
import { type Handle, serveHttp } from '../../src/io/net/http-server.ts';
import { askSocket, converse } from '../../src/io/net/socket-client.ts';
import type { PageLink } from '../../src/model/page-link.ts';
import type { PreviousRun, RunEnvironment, TrialEvent } from '../../src/model/trial.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const environment: RunEnvironment = {
  user: { uid: 1, gid: 2, groups: [2, 3] },
  umask: '0022',
  cwd: '/scripts',
  limits: {},
  env: { A: 'b' },
};
const elsewhere: Handle = ({ path }) => ({ status: 200, headers: {}, body: `read ${path}` });

/** The socket of an agent, and the requests that it got. */
async function listening(owner: Partial<OwnerRequests> = {}) {
  const asked: (readonly [string, PreviousRun | null])[] = [];
  const stateDir = tempDir();
  const trial: OwnerRequests['trial'] = async (name, previous, tell) => {
    asked.push([name, previous]);
    tell({ event: 'started' });
  };
  const handle = createControlRoutes(elsewhere, {
    trial,
    runEnvironment: async (name) => ({ ...environment, cwd: name }),
    pageLink: () => ({ kind: 'off' }),
    ...owner,
  });
  const served = await serveHttp({ socketPath: controlSocket(stateDir) }, handle);
  if (!served.ok) throw new Error(served.error);
  onTestFinished(served.value.close);
  const post = async (path: string, body: string) => {
    const lines: string[] = [];
    const answer = await converse(controlSocket(stateDir), path, body, (line) => lines.push(line)).ended;
    return { answer, lines };
  };
  return { stateDir, asked, post };
}

test('the link of the page is read', async () => {
  const link: PageLink = { kind: 'served', link: 'http://x/?token=y' };
  const at = await listening({ pageLink: () => link });
  expect(await askAgent(askSocket, at.stateDir).pageLink()).toEqual({ ok: true, value: link });
});

const asIs = { previous: null, format: null };

describe('POST /run', () => {
  test('runs the plugin of any name, and sends one event a line', async () => {
    const at = await listening();
    for (const name of ['a.sh', "it's & so=1 +%", 'é/\u{1f600}']) {
      const events: TrialEvent[] = [];
      expect(await askForTrial(converse, at.stateDir, name, asIs, (event) => events.push(event)).ended).toEqual({
        ok: true,
        value: null,
      });
      expect(events).toEqual([{ event: 'started' }]);
    }
    expect(at.asked.map(([name]) => name)).toEqual(['a.sh', "it's & so=1 +%", 'é/\u{1f600}']);
  });

  test('hands on the previous run', async () => {
    const at = await listening();
    const previous = { endedAtS: 9, status: 137, stdout: Buffer.from('x 1\n').toString('base64') };
    await askForTrial(converse, at.stateDir, 'a', { previous, format: null }, () => {}).ended;
    expect(at.asked).toEqual([['a', previous]]);
  });

  test.each([
    '',
    '{',
    '1',
    '"x"',
    '[]',
    '{}',
    '{"endedAtS":1,"status":0}',
    '{"endedAtS":-1.5,"status":0,"stdout":""}',
    '{"endedAtS":-1,"status":0,"stdout":""}',
    '{"endedAtS":1,"status":256,"stdout":""}',
    '{"endedAtS":1,"status":"0","stdout":""}',
    '{"endedAtS":1,"status":0,"stdout":null}',
  ])('refuses the body %j, and runs nothing', async (body) => {
    const at = await listening();
    const { answer, lines } = await at.post('/run?name=a', body);
    expect(answer).toMatchObject({
      ok: true,
      value: { status: 400, text: expect.stringMatching(/^expected null as the body, or a JSON object/) },
    });
    expect([at.asked, lines]).toEqual([[], []]);
  });

  test('hands on the format in which the output is read, and refuses one that there is not', async () => {
    const formats: unknown[] = [];
    const at = await listening({
      async trial(_name, _previous, _tell, _isWanted, format) {
        formats.push(format);
      },
    });
    await askForTrial(converse, at.stateDir, 'a', { previous: null, format: 'munin' }, () => {}).ended;
    await askForTrial(converse, at.stateDir, 'a', asIs, () => {}).ended;
    expect((await at.post('/run?name=a&format=nagio', 'null')).answer).toMatchObject({
      value: { status: 400, text: expect.stringMatching(/^expected format to be one of native, prometheus, /) },
    });
    expect(formats).toEqual(['munin', null]);
  });

  test('refuses to guess a name, and a GET', async () => {
    const at = await listening();
    for (const path of ['/run', '/run?name='])
      expect((await at.post(path, 'null')).answer).toMatchObject({
        value: { status: 400, text: 'expected POST /run?name=NAME\n' },
      });
    expect(await askSocket(controlSocket(at.stateDir), '/run?name=a', 1000)).toMatchObject({ value: { status: 400 } });
    expect(at.asked).toEqual([]);
  });

  test('sends a failure of the agent as a refusal, and ends', async () => {
    const at = await listening({
      async trial() {
        throw new Error('ENOSPC: no space left');
      },
    });
    const { lines } = await at.post('/run?name=a', 'null');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        event: 'refused',
        reason: 'not-now',
        advice: { kind: 'fault', sentence: 'ENOSPC: no space left', commands: [] },
      },
    ]);
  });

  test('can find out before the run begins whether the client is still connected', async () => {
    const seen: { isWanted: () => boolean; end: () => void } = { isWanted: () => true, end() {} };
    let begun = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const at = await listening({
      trial: (_name, _previous, _tell, isWanted) =>
        new Promise((resolve) => {
          Object.assign(seen, { isWanted, end: resolve });
          begun();
        }),
    });
    const trial = askForTrial(converse, at.stateDir, 'a', asIs, () => {});
    await hasBegun;
    expect(seen.isWanted()).toBe(true);
    trial.abort();
    expect((await trial.ended).ok).toBe(false);
    while (seen.isWanted()) await new Promise((resolve) => setImmediate(resolve));
    seen.end();
  });
});

test('an output of 20 MB arrives whole, as one line', async () => {
  const text = 'x'.repeat(20_000_000);
  const refusal: TrialEvent = {
    event: 'refused',
    reason: 'not-now',
    advice: { kind: 'fault', sentence: text, commands: [] },
  };
  const at = await listening({ trial: async (_name, _previous, tell) => tell(refusal) });
  const events: TrialEvent[] = [];
  await askForTrial(converse, at.stateDir, 'a', asIs, (event) => events.push(event)).ended;
  expect(events).toEqual([refusal]);
});

test('/surroundings.json returns the environment of a plugin, and all other requests are passed on', async () => {
  const { stateDir } = await listening();
  expect(await askAgent(askSocket, stateDir).runEnvironment('a & b')).toEqual({
    ok: true,
    value: { ...environment, cwd: 'a & b' },
  });
  expect(await askSocket(controlSocket(stateDir), '/status.json', 1000)).toEqual({
    ok: true,
    value: { status: 200, text: 'read /status.json' },
  });
});

describe('a trial fails', () => {
  const detailOf = async (stateDir: string) => {
    const { ended } = askForTrial(converse, stateDir, 'a', asIs, () => {});
    const outcome = await ended;
    return outcome.ok
      ? 'it did not fail'
      : outcome.error.kind === 'trouble'
        ? outcome.error.detail
        : outcome.error.kind;
  };

  test('because no agent runs', async () => {
    expect(await detailOf(join(tempDir(), 'none'))).toBe('not-running');
  });

  test('because the agent has another version', async () => {
    const serving = async (status: number, body: string) => {
      const stateDir = tempDir();
      const served = await serveHttp({ socketPath: controlSocket(stateDir) }, () => ({
        status,
        headers: {},
        body,
      }));
      if (!served.ok) throw new Error(served.error);
      onTestFinished(served.value.close);
      return detailOf(stateDir);
    };
    const said = 'the running agent has another version; restart it the way it was started';
    expect(await serving(405, 'only GET and HEAD\n')).toBe(said);
    expect(await serving(404, 'there is nothing here\n')).toBe(said);
    expect(await serving(200, 'no JSON\n')).toBe(said);
    expect(await serving(200, '{"event":"refused","reason":"no-plugin","explanation":"x"}\n')).toBe(said);
    expect(await serving(413, 'too much\n')).toBe('the agent answered 413: too much');
  });
});
