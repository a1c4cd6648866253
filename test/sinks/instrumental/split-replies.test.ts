import { expect, onTestFinished, test } from 'vitest';
import { listen, type ServerConnection } from '../../../src/io/net/listen.ts';
import { tlsFile } from '../../helpers/fake-collector.ts';
import { turn } from '../../helpers/turns.ts';
import { instrumentalSink, someSamples } from '../set-up.ts';

/**
 * Sends both parts separately. Both ends are in this process: a few turns after the first part,
 * the sink has read it.
 */
async function sayInParts(connection: ServerConnection, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    if (part !== '') connection.write(part);
    for (let turns = 0; turns < 10; turns += 1) await turn();
  }
}

/**
 * A server that answers the first line with `toHello` and the second with `toKey`, each in its
 * parts.
 */
async function answering(toHello: readonly string[], toKey: readonly string[], isTls: boolean): Promise<number> {
  const tls = isTls ? { certFile: tlsFile('localhost.crt'), keyFile: tlsFile('localhost.key') } : null;
  const server = await listen({ host: '127.0.0.1', port: 0, tls }, (connection) => {
    const answers = [toHello, toKey];
    return {
      onData: () => void sayInParts(connection, answers.shift() ?? []),
      onEnd: () => connection.end(),
      onClose: () => {},
    };
  });
  if (!server.ok) throw new Error(server.error.detail);
  onTestFinished(server.value.close);
  return server.value.port;
}

const split = (text: string, place: number) => [text.slice(0, place), text.slice(place)] as const;
const replies = [false, true].flatMap((isTls) => ['ok\n', 'ok\r\n'].map((reply) => ({ isTls, reply })));
test.each(replies)('an answer means the same wherever it is split: $reply, TLS $isTls', async ({ isTls, reply }) => {
  for (let place = 0; place <= reply.length; place += 1) {
    const port = await answering(split(reply, place), split(reply, place), isTls);
    const { sink } = instrumentalSink({ port, tls: isTls }, { tlsCa: isTls ? tlsFile('ca.crt') : null });
    expect(await sink.deliver(someSamples(2)), `split at ${place}`).toEqual({ kind: 'accepted', confirmed: true });
  }
});

test('a refusal means the same wherever it is split', async () => {
  for (let place = 0; place <= 5; place += 1) {
    const { sink } = instrumentalSink({ port: await answering(['ok\n'], split('fail\n', place), false) });
    expect(await sink.deliver(someSamples(2)), `split at ${place}`).toMatchObject({
      kind: 'returned',
      trouble: { kind: 'refused' },
    });
  }
});

test('both answers in one packet, before the second was asked for, are both understood', async () => {
  const { sink } = instrumentalSink({ port: await answering(['ok\nok\n'], [], false) });
  expect(await sink.deliver(someSamples(2))).toEqual({ kind: 'accepted', confirmed: true });
});
