import { expect, test } from 'vitest';
import { NameLookups } from '../../../src/io/net/name-lookups.ts';
import { fakeClock } from '../../helpers/fake-clock.ts';
import { turn } from '../../helpers/turns.ts';

const local = [{ address: '127.0.0.1', family: 4 }];

/** Look-ups by a system that answers when the test says so. */
function setUp() {
  const clock = fakeClock();
  const asked = new Map<string, (isThere: boolean) => void>();
  const lookups = new NameLookups(clock, (name, _options, done) => {
    asked.set(name, (isThere) => {
      asked.delete(name);
      const error = isThere ? null : Object.assign(new Error('none'), { code: 'EAI_AGAIN' });
      done({ error, addresses: isThere ? local : [] });
    });
  });
  const heard: string[] = [];
  return {
    clock,
    heard,
    asked: () => [...asked.keys()],
    answer: (name: string, isThere = true) => asked.get(name)?.(isThere),
    find: (name: string) =>
      lookups.find(name, {}, ({ error, addresses }) => {
        heard.push(`${name} ${error?.code ?? addresses[0]?.address}`);
      }),
  };
}

test('a name that many connections wait for is looked up once, and all get the answer', () => {
  const { find, asked, answer, heard } = setUp();
  for (let times = 0; times < 3; times += 1) find('a');
  expect(asked()).toEqual(['a']);
  answer('a');
  expect(heard).toEqual(Array(3).fill('a 127.0.0.1'));
});

test('a connection waits 8 s for a name server that does not answer; the later answer is kept for the next one only', async () => {
  const { find, asked, answer, heard, clock } = setUp();
  find('a');
  clock.advance(8000);
  expect(heard.splice(0)).toEqual(['a EAI_AGAIN']);
  clock.advance(7000);
  answer('a');
  expect(heard).toEqual([]);
  find('a');
  await turn();
  expect([heard, asked()]).toEqual([['a 127.0.0.1'], []]);
  find('a');
  expect(asked()).toEqual(['a']);
});

test('a late answer is forgotten after a minute, and a late failure at once', () => {
  const { find, asked, answer, clock } = setUp();
  for (const isThere of [true, false]) {
    find('a');
    clock.advance(9000);
    answer('a', isThere);
    clock.advance(isThere ? 60_000 : 1);
    find('a');
    expect(asked()).toEqual(['a']);
    answer('a');
  }
});

test('names that hang share one of the two threads, so that any other name is looked up at once', () => {
  const { find, asked, answer, heard, clock } = setUp();
  for (const name of ['hangs', 'hangs-too', 'c']) find(name);
  expect(asked()).toEqual(['hangs', 'hangs-too']);
  clock.advance(8000);
  expect(heard.splice(0)).toEqual(['hangs EAI_AGAIN', 'hangs-too EAI_AGAIN', 'c ERR_LOOKUP_WAITS']);
  answer('hangs', false);
  answer('hangs-too', false);
  answer('c');
  for (const name of ['hangs', 'hangs-too', 'd']) find(name);
  expect(asked()).toEqual(['hangs', 'd']);
  answer('d');
  find('e');
  expect([asked(), heard.splice(0)]).toEqual([['hangs', 'e'], ['d 127.0.0.1']]);
  answer('hangs'); // in time: it does not hang any more
  expect(asked()).toEqual(['e', 'hangs-too']);
  answer('e');
  find('hangs');
  expect(asked()).toEqual(['hangs-too', 'hangs']);
});
