import { afterEach, expect, test } from 'vitest';
import { type Connection, dial } from '../../src/io/net/dial.ts';
import { fakeCollector, tlsFile } from '../helpers/fake-collector.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/**
 * A client that records what it receives; `until` resolves with all of it once `holds` gives true.
 */
function client(port: number, tls: 'tls' | 'plain' = 'plain') {
  const waiters = new Set<() => void>();
  const seen = { text: '', chunks: 0, hasEnded: false, failure: '', isOpen: false };
  const look = (): void => {
    for (const waiter of waiters) waiter();
  };
  const note = (change: () => void) => () => {
    change();
    look();
  };
  const connection: Connection = dial(
    { host: '127.0.0.1', port, tls: tls === 'tls' ? { caFile: tlsFile('ca.crt'), verify: true } : null },
    {
      onOpen: note(() => {
        seen.isOpen = true;
      }),
      onData: (bytes) => {
        seen.text += Buffer.from(bytes).toString();
        seen.chunks += 1;
        look();
      },
      onDrain: () => {},
      onFinish: () => {},
      onEnd: note(() => {
        seen.hasEnded = true;
      }),
      onClose: (failure) => {
        seen.failure = failure?.code ?? 'none';
        look();
      },
    },
  );
  closers.push(connection.destroy);
  const until = (holds: (now: typeof seen) => boolean): Promise<typeof seen> =>
    new Promise((resolve) => {
      const waiter = (): void => {
        if (holds(seen)) resolve(seen);
      };
      waiters.add(waiter);
      waiter();
    });
  return { ...connection, until, seen };
}

async function setUp(options: Parameters<typeof fakeCollector>[0] = {}) {
  const collector = await fakeCollector(options);
  closers.push(collector.close);
  return collector;
}

test.each(['plain', 'tls'] as const)(
  'answers ok twice, records data and closes in order after a half-close, over %s',
  async (tls) => {
    const collector = await setUp(tls === 'tls' ? { tls: 'localhost' } : {});
    const { write, end, until } = client(collector.port, tls);
    await until(({ isOpen }) => isOpen);
    write('hello version x\r\nauthent');
    await until(({ text }) => text === 'ok\n');
    write('icate k1\n');
    await until(({ text }) => text === 'ok\nok\n');
    write('gauge a 1 2 1\ngauge b');
    write(' 1 2 1\ncut sho');
    end();
    await until(({ hasEnded }) => hasEnded);
    expect(collector.lines).toEqual(['gauge a 1 2 1', 'gauge b 1 2 1']);
    expect(collector.batches).toEqual([['gauge a 1 2 1', 'gauge b 1 2 1']]);
    expect(collector.connections).toMatchObject([{ hello: 'hello version x', key: 'k1', hasEnded: true }]);
  },
);

test('answers fail to a key it does not accept, to every key when it refuses, and to an unknown command', async () => {
  const collector = await setUp({ acceptKey: 'right' });
  const answerTo = async (line: string): Promise<string> => {
    const { write, until } = client(collector.port);
    write(`${line}\n`);
    return (await until(({ text }) => text !== '')).text;
  };
  expect(await answerTo('authenticate wrong')).toBe('fail\n');
  expect(await answerTo('authenticate right')).toBe('ok\n');
  expect(await answerTo('GET / HTTP/1.1')).toBe('fail\n');
  collector.setMode({ refuse: true });
  expect(await answerTo('authenticate right')).toBe('fail\n');
  expect(collector.lines).toEqual([]);
});

test.each(['plain', 'tls'] as const)('resets after the number of lines it was given, over %s', async (tls) => {
  const collector = await setUp({ resetAfter: 2, ...(tls === 'tls' ? { tls: 'localhost' } : {}) });
  const { write, until } = client(collector.port, tls);
  write('hello\nauthenticate k\n');
  await until(({ text }) => text === 'ok\nok\n');
  write('a\nb\nc\n');
  expect((await until(({ failure }) => failure !== '')).failure).toBe('ECONNRESET');
  expect(collector.lines).toEqual(['a', 'b']);
});

test('uses a new mode from the next answer on', async () => {
  const collector = await setUp({ stall: 'hello' });
  const { write, until, seen } = client(collector.port);
  write('hello 1\n');
  await collector.until(({ connections: [first] }) => first?.hello === 'hello 1');
  collector.setMode({ stall: null, byteAtATime: true });
  write('hello 2\n');
  await until(({ text }) => text.length === 3);
  expect(seen.text).toBe('ok\n');
});

test('leaves a half-closed connection open when it never closes', async () => {
  const collector = await setUp({ neverClose: true });
  const { write, end, seen } = client(collector.port);
  write('hello\nauthenticate k\na\n');
  end();
  await collector.until(({ batches }) => batches.length === 1);
  expect(seen.hasEnded).toBe(false);
  expect(collector.connections[0]?.isClosed).toBe(false);
});

test('reads no data when it stalls at data', async () => {
  const collector = await setUp({ stall: 'data' });
  const { write, end, until } = client(collector.port);
  write('hello\nauthenticate k\n');
  await until(({ text }) => text === 'ok\nok\n');
  write('a\n');
  end();
  const other = client(collector.port);
  other.write('hello\n');
  await other.until(({ text }) => text === 'ok\n'); // everything from the first client had arrived before
  expect(collector.lines).toEqual([]);
  expect(collector.connections[0]?.hasEnded).toBe(false);
});
