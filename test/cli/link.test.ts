import { expect, test } from 'vitest';
import { runLink } from '../../src/cli/link.ts';
import { pageText } from '../../src/cli/page-text.ts';
import type { AskSocket } from '../../src/io/net/socket-client.ts';
import type { PageLink } from '../../src/model/page-link.ts';

const answering =
  (text: string, status = 200): AskSocket =>
  async () => ({ ok: true, value: { status, text } });
const page = (link: PageLink) => answering(JSON.stringify(link));

async function typed(ask: AskSocket) {
  let [out, error] = ['', ''];
  const write = async (text: string) => {
    out += text;
  };
  const writeError = (text: string) => {
    error += text;
  };
  const code = await runLink(
    { stateDir: '/state', pidFile: '/state/x.pid', uid: 0 },
    { ask, findAgent: () => ({ ok: true, value: null }), write, writeError, options: { colours: false } },
  );
  return { code, out, error };
}

test('the link is printed, and nothing else', async () => {
  const link = 'http://127.0.0.1:8642/?token=x';
  expect(await typed(page({ kind: 'served', link }))).toEqual({ code: 0, out: `${link}\n`, error: '' });
});

test('the link of the wall is a second line, where there is a wall', async () => {
  const served: PageLink = { kind: 'served', link: 'http://x/?token=y', wallLink: 'http://x/wall?token=z' };
  expect(await typed(page(served))).toEqual({
    code: 0,
    out: 'http://x/?token=y\nhttp://x/wall?token=z\n',
    error: '',
  });
  expect(pageText(served)).toEqual(['page: http://x/?token=y', 'wall: http://x/wall?token=z']);
});

test('a page that is not served is 1, and stderr says what to do', async () => {
  expect(await typed(page({ kind: 'off' }))).toEqual({
    code: 1,
    out: '',
    error:
      'instrument_server: the page is not served: start the agent with --dashboard, or set enabled = true under [dashboard]\n',
  });
  expect(await typed(page({ kind: 'failed', detail: 'the port\nis busy' }))).toEqual({
    code: 1,
    out: '',
    error: 'instrument_server: the page is not served: the port\\nis busy; the agent tries again each minute\n',
  });
});

test('no agent is 3, and one of another version is 1', async () => {
  expect(await typed(async () => ({ ok: false, error: 'ENOENT' }))).toMatchObject({
    code: 3,
    error: expect.stringMatching(/^instrument_server: not running: /),
  });
  for (const ask of [answering('{}'), answering('there is nothing here\n', 404)])
    expect(await typed(ask)).toEqual({
      code: 1,
      out: '',
      error: 'instrument_server: the running agent has another version; restart it the way it was started\n',
    });
});

test('where the page is, in words', () => {
  expect(pageText({ kind: 'served', link: 'http://x/?token=y' })).toEqual(['page: http://x/?token=y']);
  expect(pageText({ kind: 'failed', detail: 'a\u001bb' })).toEqual(['page: not served now: a\\x1bb']);
  expect(pageText({ kind: 'off' })).toEqual([]);
});
