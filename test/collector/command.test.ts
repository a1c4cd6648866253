import { afterEach, expect, test } from 'vitest';
import { runCollector } from '../../src/cli/collector.ts';
import type { StandInOptions } from '../../src/collector/stand-in-collector.ts';
import { dial } from '../../src/io/net/dial.ts';
import { listen } from '../../src/io/net/listen.ts';
import { fakeCollector, tlsFile } from '../helpers/fake-collector.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const options: StandInOptions = {
  listen: { host: '127.0.0.1', port: 0 },
  refuse: false,
  resetAfter: null,
  stall: null,
  neverClose: false,
  tls: null,
};

/** The command, running; `printed` resolves with all it wrote once that matches. */
function run(changed: Partial<StandInOptions> = {}) {
  const waiters = new Set<() => void>();
  let out = '';
  let errors = '';
  let stop: () => void = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const write = (text: string): void => {
    out += text;
    for (const look of waiters) look();
  };
  const writeError = (text: string): void => {
    errors += text;
  };
  const status = runCollector(
    { ...options, ...changed },
    { listen, write, writeError, stopped, program: ['instrument_server'] },
  );
  closers.push(async () => {
    stop();
    await status;
  });
  const printed = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve) => {
      const look = (): void => {
        const match = pattern.exec(out);
        if (match) resolve(match);
      };
      waiters.add(look);
      look();
    });
  return { printed, stop, status, errors: () => errors, out: () => out };
}

test('says where it listens and what to type, then prints every line, and ends with 0 when stopped', async () => {
  const { printed, stop, status, out } = run();
  const [, port = ''] = await printed(/^listening on 127\.0\.0\.1:(\d+)\n/);
  expect(out()).toContain(`instrument_server -k ANY -c tcp://127.0.0.1:${port}\n`);
  const quiet = { onOpen() {}, onData() {}, onDrain() {}, onFinish() {}, onEnd() {}, onClose() {} };
  const client = dial({ host: '127.0.0.1', port: Number(port), tls: null }, quiet);
  closers.push(client.destroy);
  client.write('hello version x\nauthenticate k\ngauge a 1 2 1\n');
  await printed(/\nhello version x\nauthenticate k\ngauge a 1 2 1\n$/);
  stop();
  expect(await status).toBe(0);
});

test('an IPv6 address is written so that it can be typed', async () => {
  const { printed } = run({ listen: { host: '::1', port: 0 } });
  await printed(/^listening on \[::1\]:(\d+)\n.*-c 'tcp:\/\/\[::1\]:\1'\n$/);
});

test('with TLS it says tls:// and which certificate to trust', async () => {
  const tls = { certFile: tlsFile('localhost.crt'), keyFile: tlsFile('localhost.key') };
  const { printed, out } = run({ tls });
  await printed(/-c tls:\/\/127\.0\.0\.1:\d+\n/);
  expect(out()).toContain(`tls_ca = ${tls.certFile}`);
});

test('listening everywhere, it names an address that can be dialled', async () => {
  const { printed } = run({ listen: { host: '0.0.0.0', port: 0 } });
  await printed(/^listening on 0\.0\.0\.0:(\d+)\n.*-c tcp:\/\/127\.0\.0\.1:\1\n$/);
});

test('a busy port is one line on stderr and exit status 2', async () => {
  const busy = await fakeCollector();
  closers.push(busy.close);
  const { status, errors, out } = run({ listen: { host: '127.0.0.1', port: busy.port } });
  expect(await status).toBe(2);
  expect(errors()).toBe(
    `collector: 127.0.0.1:${busy.port} is in use by another program (EADDRINUSE); choose another port, or 0 for any free one\n`,
  );
  expect(out()).toBe('');
});

test.each([
  [
    'an address of another host',
    { listen: { host: '192.0.2.1', port: 0 } },
    /^collector: 192\.0\.2\.1 is not an address of this host .*\n$/,
  ],
  [
    'a certificate that is not there',
    { tls: { certFile: '/no/such.crt', keyFile: tlsFile('localhost.key') } },
    /^collector: the certificate \/no\/such\.crt and its key .* \(ENOENT\).*\n$/,
  ],
])('%s is one line on stderr and exit status 2', async (_what, changed, sentence) => {
  const { status, errors } = run(changed);
  expect(await status).toBe(2);
  expect(errors()).toMatch(sentence);
});
