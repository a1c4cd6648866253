import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { bundle } from '../../helpers/bundle.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { inspect } from '../set-up.ts';
import { paddedMetric, type SpoolAction, type SpoolReply } from './spool-child.ts';

const actionsPerSeed = 10_000;
const maxSizeBytes = 30_000;
const sinks = ['a', 'b'] as const;
const script = fileURLToPath(new URL('spool-child.ts', import.meta.url));

const sink = fc.constantFrom(...sinks);
const count = fc.oneof(
  { weight: 60, arbitrary: fc.nat(25) },
  { weight: 1, arbitrary: fc.constantFrom(700, 4999, 5001) },
);
const action = fc.oneof(
  {
    weight: 1200,
    arbitrary: fc.record({ kind: fc.constant('append' as const), count, padding: fc.constantFrom(0, 0, 20, 300) }),
  },
  { weight: 800, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  {
    weight: 600,
    arbitrary: fc.record({ kind: fc.constant('peek' as const), sink, most: fc.constantFrom(5000, 5000, 20_000) }),
  },
  { weight: 250, arbitrary: fc.record({ kind: fc.constant('accept' as const), sink }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
);

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
function createChildren(dir: string) {
  const program = bundle(script, tempDir());
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

async function play(seed: number): Promise<void> {
  const dir = tempDir();
  const model = createModel();
  const children = createChildren(dir);
  onTestFinished(async () => void (await children.close()));
  children.open();
  // expected of this life: actions do not depend on answers, so that none is awaited before the
  // next
  const awaited: SpoolReply[] = [plain()];
  function plain(): SpoolReply {
    return { values: null, hasMore: false, waiting: model.waiting(), lost: model.lost() };
  }
  const check = async () => {
    for (const reply of awaited.splice(0)) {
      const answer = await children.answer();
      if (answer !== JSON.stringify(reply)) expect(JSON.parse(answer)).toEqual(reply);
    }
  };
  let appended = 0;
  let peeked: Partial<Record<string, readonly number[]>> = {};
  const delivered: Record<string, number> = { a: -1, b: -1 };
  const arrived: Record<string, number> = { a: 0, b: 0 };
  for (const step of fc.sample(action, { seed, numRuns: actionsPerSeed })) {
    if (step.kind === 'crash') {
      await check();
      await children.crash();
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
      expect(values[0] ?? appended).toBeGreaterThan(delivered[step.sink] ?? -1); // never a sample that it has already
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
  expect(inspect(dir).integrity).toBe('ok');
  // the bound and the sinks were at work
  expect([model.lost(), Object.values(arrived)].flat().every((total) => total > 0)).toBe(true);
}

for (const seed of [1, 2, 3]) {
  test(
    `10,000 random actions and kills lose nothing but by the bound, and count that exactly (seed ${seed})`,
    { timeout: 120_000 },
    () => play(seed),
  );
}
