import { deepEqual, equal, ok } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { openDatabase } from '../../../src/io/disk/database.ts';
import { bundle } from '../../helpers/bundle.ts';
import { paddedMetric, type SpoolAction, type SpoolReply } from './spool-child.ts';

const maxSizeBytes = 30_000;
const sinks = ['a', 'b'] as const;
const script = fileURLToPath(new URL('spool-child.ts', import.meta.url));

const sink = fc.constantFrom(...sinks);
const length = fc.oneof(
  { weight: 60, arbitrary: fc.nat(25) },
  { weight: 1, arbitrary: fc.constantFrom(700, 4999, 5001) },
);
const action = fc.oneof(
  {
    weight: 1200,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      count: length,
      padding: fc.constantFrom(0, 0, 20, 300),
    }),
  },
  { weight: 800, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  {
    weight: 600,
    arbitrary: fc.record({ kind: fc.constant('peek' as const), sink, most: fc.constantFrom(5000, 5000, 20_000) }),
  },
  { weight: 250, arbitrary: fc.record({ kind: fc.constant('accept' as const), sink }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
);

const sampleSteps = (seed: number, count: number) => fc.sample(action, { seed, numRuns: count });

/**
 * Makes the promises of the spool with arrays. A position is the id of the last block that a sink
 * has passed.
 */
function createModel() {
  type Block = { readonly id: number; readonly values: readonly number[]; readonly bytes: number };
  const both = (value: number): Record<string, number> => ({ a: value, b: value });
  let pending: { readonly value: number; readonly bytes: number }[] = [];
  let blocks: Block[] = [];
  let lastId = 0;
  const positions = both(0);
  const lost = both(0);
  let underWay = both(0);
  const after = (name: string) => blocks.filter(({ id }) => id > (positions[name] ?? 0));
  const forgetPassed = () => {
    blocks = blocks.filter(({ id }) => id > Math.min(...Object.values(positions)));
  };
  const isHeld = (id: number) => sinks.some((name) => id > (positions[name] ?? 0) && id <= (underWay[name] ?? 0));
  return {
    append(first: number, length: number, padding: number) {
      for (let value = first; value < first + length; value += 1)
        pending.push({ value, bytes: `${paddedMetric(padding)} ${value} 1700000000\n`.length });
    },
    commit() {
      for (let from = 0; from < pending.length; from += 5000) {
        const part = pending.slice(from, from + 5000);
        lastId += 1;
        blocks.push({
          id: lastId,
          values: part.map(({ value }) => value),
          bytes: part.reduce((sum, { bytes }) => sum + bytes, 0),
        });
      }
      pending = [];
      forgetPassed();
      let over = blocks.reduce((sum, { bytes }) => sum + bytes, 0) - maxSizeBytes;
      blocks = blocks.filter(({ id, values, bytes }) => {
        if (over <= 0 || isHeld(id)) return true;
        over -= bytes;
        for (const name of sinks) if ((positions[name] ?? 0) < id) lost[name] = (lost[name] ?? 0) + values.length;
        return false;
      });
    },
    peek(name: string, most: number): readonly number[] {
      const values: number[] = [];
      for (const block of after(name)) {
        if (values.length > 0 && values.length + block.values.length > most) break;
        values.push(...block.values);
        underWay[name] = block.id;
      }
      return values;
    },
    accept(name: string) {
      positions[name] = underWay[name] ?? 0;
      underWay[name] = 0;
      forgetPassed();
    },
    crash() {
      pending = [];
      underWay = both(0);
    },
    waiting: () => sinks.map((name) => after(name).reduce((sum, { values }) => sum + values.length, 0)),
    lost: () => sinks.map((name) => lost[name] ?? 0),
    committedOf: () => blocks.flatMap(({ values }) => values),
  };
}

/**
 * A process with the spool in it. A spare process is started ahead, so that a crash costs no
 * start.
 */
function createChildren(program: string, dir: string) {
  const spare = () => {
    const child = spawn(process.execPath, [program, 'child'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return { child, lines };
  };
  let [current, next] = [spare(), spare()];
  const ended = (child: ChildProcess) => new Promise((resolve) => child.once('close', resolve));
  const kill = async (child: ChildProcess) => {
    const gone = ended(child);
    child.kill('SIGKILL');
    await gone;
  };
  const say = (message: unknown) => void current.child.stdin?.write(`${JSON.stringify(message)}\n`);
  return {
    open: () => say({ dir, maxSizeBytes }),
    act: (done: SpoolAction) => say(done),
    /** Resolves with its next answer. */
    async answer(): Promise<string> {
      const { value } = await current.lines.next();
      return String(value);
    },
    async crash() {
      await kill(current.child);
      [current, next] = [next, spare()];
    },
    close: () => Promise.all([kill(current.child), kill(next.child)]),
  };
}

/**
 * Plays random actions and kills against the model, in a folder that the caller removes. Throws at
 * the first difference. Returns the number of kills.
 */
export async function playSpool(folder: string, seed: number, actions: number): Promise<number> {
  const dir = join(folder, 'state');
  mkdirSync(dir, { mode: 0o700 });
  const children = createChildren(bundle(script, folder), dir);
  try {
    children.open();
    const kills = await play(children, sampleSteps(seed, actions));
    const db = openDatabase(join(dir, 'instrument_server.db'));
    equal(db.prepare('PRAGMA integrity_check').all()[0]?.['integrity_check'], 'ok');
    db.close();
    return kills;
  } finally {
    await children.close();
  }
}

async function play(
  children: ReturnType<typeof createChildren>,
  steps: ReturnType<typeof sampleSteps>,
): Promise<number> {
  const model = createModel();
  let kills = 0;
  // expected of this life: actions do not depend on answers, so that none is awaited before the
  // next
  const awaited: SpoolReply[] = [plain()];
  function plain(): SpoolReply {
    return { values: null, hasMore: false, waiting: model.waiting(), lost: model.lost() };
  }
  const check = async () => {
    for (const reply of awaited.splice(0)) {
      const answer = await children.answer();
      if (answer !== JSON.stringify(reply)) deepEqual(JSON.parse(answer), reply);
    }
  };
  let appended = 0;
  let peeked: Partial<Record<string, readonly number[]>> = {};
  const delivered: Record<string, number> = { a: -1, b: -1 };
  const arrived: Record<string, number> = { a: 0, b: 0 };
  for (const step of steps) {
    if (step.kind === 'crash') {
      await check();
      await children.crash();
      kills += 1;
      model.crash();
      peeked = {};
      children.open();
      awaited.push(plain());
    } else if (step.kind === 'append') {
      children.act({ ...step, first: appended });
      model.append(appended, step.count, step.padding);
      appended += step.count;
      awaited.push(plain());
    } else if (step.kind === 'flush') {
      children.act(step);
      model.commit();
      awaited.push(plain());
    } else if (step.kind === 'peek') {
      children.act(step);
      const values = model.peek(step.sink, step.most);
      const reply = plain();
      const hasMore = values.length > 0 && values.length < (reply.waiting[sinks.indexOf(step.sink)] ?? 0);
      awaited.push({ ...reply, values: values.length > 0 ? values : null, hasMore });
      ok((values[0] ?? appended) > (delivered[step.sink] ?? -1)); // never a sample that it has already
      peeked = { ...peeked, ...(values.length > 0 && { [step.sink]: values }) };
    } else {
      children.act(step);
      const batch = peeked[step.sink];
      if (batch) {
        model.accept(step.sink);
        delivered[step.sink] = batch.at(-1) ?? -1;
        arrived[step.sink] = (arrived[step.sink] ?? 0) + batch.length;
      }
      delete peeked[step.sink];
      awaited.push(plain());
    }
  }
  await check();
  await children.crash();
  // the bound and the sinks were at work
  ok([model.lost(), Object.values(arrived)].flat().every((total) => total > 0));
  return kills;
}
