import { expect, test } from 'vitest';
import type { Mark } from '../../src/model/mark.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { mostMarks } from '../../src/store/marks.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { openIn } from './set-up.ts';

const mark = (atS: number, text = `mark ${atS}`): Mark => ({
  atS,
  durationS: 0,
  kind: 'changed',
  plugin: pluginFile('p.sh'),
  text,
});

test('marks are there after a kill, oldest first, with those that the collector has not accepted', () => {
  const dir = tempDir();
  const first = openIn(dir);
  first.store.marks.add({ atS: 10, durationS: 0, kind: 'started', plugin: null, text: 'the agent was started' }, true);
  first.store.marks.add({ ...mark(20), kind: 'well', durationS: 7 }, false);
  first.store.marks.add(mark(30), true);
  first.clock.advance(50);
  first.store.marks.accepted(first.store.marks.owed().slice(0, 1));
  first.clock.advance(50);
  first.crash();
  const second = openIn(dir);
  expect(second.store.marks.all()).toMatchObject([
    { atS: 10, durationS: 0, kind: 'started', plugin: null, text: 'the agent was started' },
    { atS: 20, durationS: 7, kind: 'well', plugin: 'p.sh', text: 'mark 20' },
    { atS: 30, kind: 'changed' },
  ]);
  expect(second.store.marks.owed()).toMatchObject([{ atS: 30 }]);
  second.close();
});

test('only the newest marks are kept', () => {
  const dir = tempDir();
  const first = openIn(dir);
  for (let atS = 1; atS <= mostMarks + 2; atS += 1) first.store.marks.add(mark(atS), true);
  const [oldest] = first.store.marks.owed();
  expect([oldest?.atS, first.store.marks.all().length]).toEqual([3, mostMarks]);
  first.store.flush();
  first.store.marks.add(mark(mostMarks + 3), false);
  first.store.marks.accepted(oldest ? [oldest] : []); // it has gone meanwhile
  first.close();
  const second = openIn(dir);
  expect([second.store.marks.all().length, second.store.marks.all()[0]?.atS]).toEqual([mostMarks, 4]);
  second.close();
});

test('marks go on where the disk takes nothing, and are written when it does', () => {
  const dir = tempDir();
  let isFull = false;
  const first = openIn(dir, {
    through: (db) => ({
      ...db,
      transaction(work) {
        if (isFull) throw new Error('database or disk is full');
        db.transaction(work);
      },
    }),
  });
  isFull = true;
  first.store.marks.add(mark(1), true);
  first.clock.advance(100);
  expect([first.store.marks.all().length, first.store.marks.owed().length]).toEqual([1, 1]);
  isFull = false;
  first.clock.advance(1100);
  first.crash();
  const second = openIn(dir);
  expect(second.store.marks.all()).toMatchObject([{ atS: 1 }]);
  second.close();
});

test('a damaged database costs no mark of the agent that runs', () => {
  const dir = tempDir();
  let isDamaged = false;
  const first = openIn(dir, {
    through: (db) => ({
      ...db,
      transaction(work) {
        if (isDamaged) throw Object.assign(new Error('database disk image is malformed'), { errcode: 11 });
        db.transaction(work);
      },
    }),
  });
  first.store.marks.add(mark(1), false);
  first.clock.advance(100);
  isDamaged = true;
  first.store.marks.add(mark(2), false);
  first.clock.advance(100);
  isDamaged = false;
  first.clock.advance(5000);
  expect(first.events.of('store.set-aside').length).toBe(1);
  first.close();
  const second = openIn(dir);
  expect(second.store.marks.all().map(({ atS }) => atS)).toEqual([1, 2]);
  second.close();
});
