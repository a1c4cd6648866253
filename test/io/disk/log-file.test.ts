import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLineWriter } from '../../../src/io/disk/line-writer.ts';
import { type LogDestination, logToDescriptor, openLogFile } from '../../../src/io/disk/log-file.ts';

let dir: string;
let path: string;
const open: LogDestination[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'log-file-'));
  path = join(dir, 'agent.log');
});
afterEach(() => {
  for (const log of open.splice(0)) log.close();
  rmSync(dir, { recursive: true });
});

function opened(maxSizeBytes = 1000, at = path): LogDestination {
  const result = openLogFile(at, () => maxSizeBytes);
  if (!result.ok) throw new Error(result.error);
  open.push(result.value);
  return result.value;
}
const read = (name = 'agent.log') => readFileSync(join(dir, name), 'utf8');

describe('a log file', () => {
  test('is made for its owner alone', () => {
    opened().write('one\n');
    expect(statSync(path).mode & 0o7777).toBe(0o600);
  });

  test('that exists is appended to, and each line is there at once', () => {
    writeFileSync(path, 'before\n');
    const log = opened();
    log.write('one\n');
    expect(read()).toBe('before\none\n');
    log.write('two\n');
    expect(read()).toBe('before\none\ntwo\n');
  });

  test('never grows past its size: it becomes .1, over the former .1, and a new one is begun', () => {
    const log = opened(20);
    for (let line = 100; line < 112; line += 1) expect(log.write(`line${line}\n`)).toBe(null);
    expect(read('agent.log.1')).toBe('line108\nline109\n');
    expect(read()).toBe('line110\nline111\n');
    expect(statSync(path).mode & 0o7777).toBe(0o600);
  });

  test('counts what was in it before towards its size', () => {
    writeFileSync(path, 'x'.repeat(15));
    opened(20).write('line100\n');
    expect([read('agent.log.1'), read()]).toEqual(['x'.repeat(15), 'line100\n']);
  });

  test('takes a line larger than its size all the same', () => {
    const log = opened(10);
    log.write(`${'x'.repeat(50)}\n`);
    expect(read().length).toBe(51);
    expect(existsSync(`${path}.1`)).toBe(false);
  });

  test('may have another size from one line to the next', () => {
    let maxSizeBytes = 1000;
    const result = openLogFile(path, () => maxSizeBytes);
    if (result.ok) open.push(result.value);
    expect(result.ok && [result.value.write('one\n'), result.value.write('two\n')]).toEqual([null, null]);
    maxSizeBytes = 8;
    expect(result.ok && result.value.write('three\n')).toBe(null);
    expect([read('agent.log.1'), read()]).toEqual(['one\ntwo\n', 'three\n']);
  });

  test('behind a link is put aside itself, and the link stays', () => {
    symlinkSync(join(dir, 'real.log'), path);
    const log = opened(10);
    log.write('line100\n');
    log.write('line101\n');
    expect([read('real.log.1'), read('real.log'), readlinkSync(path)]).toEqual([
      'line100\n',
      'line101\n',
      join(dir, 'real.log'),
    ]);
  });

  test('that can not be renamed keeps growing, and that is reported', () => {
    mkdirSync(join(dir, 'agent.log.1'));
    const log = opened(10);
    log.write('line100\n');
    expect(log.write('line101\n')).toMatch(/can't be renamed to .*agent\.log\.1 \(EISDIR\), so it keeps growing$/);
    expect(read()).toBe('line100\nline101\n');
  });

  test('that was moved away is closed at a reopen, and no line is lost', () => {
    const log = opened();
    log.write('one\n');
    renameSync(path, `${path}.old`);
    log.write('two\n');
    expect(log.reopen()).toBe(null);
    log.write('three\n');
    expect([read('agent.log.old'), read()]).toEqual(['one\ntwo\n', 'three\n']);
  });

  test('that someone replaced does not have its replacement put aside', () => {
    const log = opened(10);
    log.write('line100\n');
    renameSync(path, `${path}.old`);
    writeFileSync(path, 'new\n');
    log.write('line101\n');
    expect([read(), existsSync(`${path}.1`)]).toEqual(['new\nline101\n', false]);
  });

  test('that someone removed is made again when it is full', () => {
    const log = opened(10);
    log.write('line100\n');
    rmSync(path);
    expect(log.write('line101\n')).toBe(null);
    expect(read()).toBe('line101\n');
  });

  test('that can not be reopened is kept', () => {
    const log = opened();
    renameSync(path, `${path}.old`);
    mkdirSync(path);
    expect(log.reopen()).toMatch(/agent\.log can't be opened: it is a directory/);
    log.write('one\n');
    expect(read('agent.log.old')).toBe('one\n');
  });
});

describe('a log file that can not be opened is a failure with a sentence:', () => {
  const error = (at: string) => {
    const result = openLogFile(at, () => 1000);
    return result.ok ? 'opened' : result.error;
  };

  test('its folder is missing', () => {
    expect(error(join(dir, 'no such', 'a.log'))).toBe(
      `the log file ${dir}/no such/a.log can't be opened: its folder is missing; mkdir -p '${dir}/no such'`,
    );
  });

  test('it is a directory', () => {
    expect(error(dir)).toBe(`the log file ${dir} can't be opened: it is a directory; name a file in it with -l FILE`);
  });

  test('it is a pipe that no process reads, and the agent does not wait for one', () => {
    execFileSync('mkfifo', [path]);
    expect(error(path)).toContain('a pipe or socket that no process reads');
  });

  test('its path goes through a file', () => {
    writeFileSync(path, '');
    expect(error(join(path, 'a.log'))).toContain('ENOTDIR');
  });
});

describe('a log on a full disk', () => {
  test('throws nothing, and when there is room again holds the first lines and says how many are lost', () => {
    symlinkSync('/dev/full', path);
    const log = opened(10_000_000);
    const line = `${'x'.repeat(1023)}\n`;
    for (let i = 0; i < 300; i += 1) expect(log.write(line)).toBe(null);
    rmSync(path);
    log.reopen();
    expect(log.write('back\n')).toBe('44 lines of the log could not be written and were lost (ENOSPC)');
    expect(read()).toBe(`${line.repeat(256)}back\n`);
    expect(log.write('on\n')).toBe(null);
  });
});

describe('a log into a pipe', () => {
  let reader: number;
  let writer: number;
  beforeEach(() => {
    execFileSync('mkfifo', [path]);
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  });
  const drained = () => {
    const buffer = Buffer.alloc(1_000_000);
    let length = 0;
    for (let more = 1; more > 0; length += more) {
      try {
        more = readSync(reader, buffer, length, buffer.length - length, null);
      } catch {
        more = 0; // EAGAIN: it is empty
      }
    }
    return buffer.toString('utf8', 0, length);
  };

  test('whose reader stalls is not waited for: lines are held and arrive whole and in order', () => {
    const log = logToDescriptor(writer, createLineWriter());
    const lines = Array.from({ length: 2000 }, (_, i) => `line ${i} ${'x'.repeat(50)}\n`);
    for (const line of lines) expect(log.write(line)).toBe(null);
    let got = drained();
    expect(got.length).toBeLessThan(lines.join('').length);
    expect(log.write('last\n')).toBe(null);
    got += drained();
    expect(got).toBe(`${lines.join('')}last\n`);
    closeSync(reader);
    closeSync(writer);
  });

  test('whose reader went away goes nowhere, without an error, and a new reader gets what is written from then on', () => {
    const log = logToDescriptor(writer, createLineWriter());
    closeSync(reader);
    expect([log.write('one\n'), log.write('two\n'), log.reopen()]).toEqual([null, null, null]);
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    expect(log.write('three\n')).toBe(null);
    expect(drained()).toBe('three\n');
    log.close();
    closeSync(reader);
    closeSync(writer);
  });

  test('has what still waits written when it is closed', () => {
    const log = logToDescriptor(writer, createLineWriter());
    const line = `${'x'.repeat(1000)}\n`;
    for (let i = 0; i < 100; i += 1) log.write(line);
    let got = drained();
    log.close();
    got += drained();
    expect(got).toBe(line.repeat(100));
    closeSync(reader);
    closeSync(writer);
  });
});
