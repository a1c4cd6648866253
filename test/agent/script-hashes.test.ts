import { expect, test } from 'vitest';
import { ScriptHashes } from '../../src/agent/script-hashes.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { wrongMode } from '../helpers/refused.ts';
import { turn } from '../helpers/turns.ts';
import { script } from '../view/set-up.ts';

const whole = (digit: string) => digit.repeat(64);
const file = pluginFile('x.sh');

/** Hashes whose reads end when the test says so. */
function reading() {
  const asked: { readonly path: string; readonly end: (hash: string | null) => void }[] = [];
  const hashes = new ScriptHashes((path) => new Promise((end) => asked.push({ path, end })));
  return {
    hashes,
    paths: () => asked.map(({ path }) => path),
    async end(hash: string | null) {
      asked.at(-1)?.end(hash);
      await turn();
    },
  };
}

test('a script is read once, one after the other, and its hash is the first 12 digits', async () => {
  const { hashes, paths, end } = reading();
  const [x, y] = [script('x.sh'), script('y.sh')];
  expect([hashes.of(x), hashes.of(y), hashes.of(x)]).toEqual([undefined, undefined, undefined]);
  expect(paths()).toEqual([x.plugin.path]);
  await end(whole('a'));
  expect(paths()).toEqual([x.plugin.path, y.plugin.path]);
  await end(null);
  expect([hashes.of(x), hashes.of(y)]).toEqual(['aaaaaaaaaaaa', null]);
  expect(paths()).toHaveLength(2);
});

test('it is read again after a change, also if that came while it was read', async () => {
  const { hashes, paths, end } = reading();
  hashes.of(script('x.sh'));
  hashes.note({ event: 'plugin.changed', plugin: file });
  await end(whole('a'));
  expect(hashes.of(script('x.sh'))).toBeUndefined();
  await end(whole('b'));
  expect(hashes.of(script('x.sh'))).toBe('bbbbbbbbbbbb');
  hashes.note({ event: 'run.started', plugin: file });
  expect(hashes.of(script('x.sh'))).toBe('bbbbbbbbbbbb');
  hashes.note({ event: 'plugin.removed', plugin: file });
  expect(hashes.of(script('x.sh'))).toBeUndefined();
  expect(paths()).toHaveLength(3);
});

test('what is read of a script that changes and is asked for meanwhile does not count', async () => {
  const { hashes, paths, end } = reading();
  hashes.of(script('x.sh'));
  hashes.note({ event: 'plugin.changed', plugin: file });
  hashes.of(script('x.sh'));
  await end(whole('a'));
  expect(hashes.of(script('x.sh'))).toBeUndefined();
  expect(paths()).toHaveLength(2);
  await end(whole('b'));
  expect(hashes.of(script('x.sh'))).toBe('bbbbbbbbbbbb');
});

test('a rejected script is not read', () => {
  const { hashes, paths } = reading();
  expect(hashes.of(script('x.sh', { rejection: wrongMode('/x', 0o755) }))).toBeUndefined();
  expect(paths()).toEqual([]);
});
