import { expect, test } from 'vitest';
import { type KeptFile, Upkeep } from '../../src/agent/upkeep.ts';
import { eventLog } from '../helpers/event-log.ts';

function file(name: string, tries: (string | null)[]): KeptFile & { isThereNow: boolean } {
  const kept = {
    name,
    isThereNow: false,
    isThere: () => kept.isThereNow,
    async remake() {
      const failed = tries.shift() ?? null;
      kept.isThereNow = failed === null;
      return failed;
    },
  };
  return kept;
}

test('what is gone is made again in its order, told once, and left alone while it is there', async () => {
  const events = eventLog();
  const [dir, socket] = [file('the directory', []), file('the socket', [])];
  const upkeep = new Upkeep([dir, socket], events.emit);
  await upkeep.look();
  await upkeep.look();
  expect(events.of('files.remade').map(({ files }) => files)).toEqual([['the directory', 'the socket']]);
  socket.isThereNow = false;
  await upkeep.look();
  expect(events.of('files.remade').map(({ files }) => files)).toEqual([
    ['the directory', 'the socket'],
    ['the socket'],
  ]);
});

test('what can not be made is tried at each look, and told when the cause changes', async () => {
  const events = eventLog();
  const upkeep = new Upkeep([file('the socket', ['EACCES', 'EACCES', 'ENOSPC', null])], events.emit);
  for (let look = 0; look < 5; look += 1) await upkeep.look();
  expect(events.of('files.missing').map(({ detail }) => detail)).toEqual(['EACCES', 'ENOSPC']);
  expect(events.of('files.remade')).toHaveLength(1);
});

test('a look that is still under way is not begun again', async () => {
  const events = eventLog();
  const upkeep = new Upkeep([file('the socket', ['EACCES', null])], events.emit);
  await Promise.all([upkeep.look(), upkeep.look()]);
  expect([events.of('files.missing').length, events.of('files.remade').length]).toEqual([1, 0]);
});
