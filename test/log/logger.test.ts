import { describe, expect, test } from 'vitest';
import type { LogDestination } from '../../src/io/disk/log-file.ts';
import { createLogger, type LogFormat } from '../../src/log/logger.ts';
import type { LogLevel } from '../../src/model/config.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { fakeClock } from '../helpers/fake-clock.ts';

const atMs = Date.UTC(2026, 10, 22, 14, 3, 7, 250);
const stderr = { event: 'run.stderr', plugin: pluginFile('disk.sh'), pid: 7, text: 'no disk' } as const;
const started = { event: 'run.started', plugin: pluginFile('disk.sh') } as const;

function logging(options: { level?: LogLevel; format?: LogFormat; troubles?: (string | null)[] } = {}) {
  const lines: string[] = [];
  const calls: string[] = [];
  const next = (): string | null => options.troubles?.shift() ?? null;
  const destination: LogDestination = {
    write(line) {
      lines.push(line);
      return next();
    },
    isThere: () => true,
    reopen() {
      calls.push('reopen');
      return next();
    },
    close: () => void calls.push('close'),
  };
  const { level = 'info', format = 'json' } = options;
  return { log: createLogger({ level, destination, format, colours: false, clock: fakeClock(atMs) }), lines, calls };
}

describe('the log as JSON', () => {
  test('has one object a line: level as a word, time in ISO 8601, the facts, the sentence', () => {
    const { log, lines } = logging();
    log.emit(stderr);
    expect(lines).toEqual([
      '{"level":"info","time":"2026-11-22T14:03:07.250Z","event":"run.stderr","plugin":"disk.sh","pid":7,"text":"no disk","msg":"a plugin wrote to stderr"}\n',
    ]);
  });

  test('has an error that ends the agent with its stack and its cause', () => {
    const { log, lines } = logging({ level: 'fatal' });
    log.fatal(new Error('broken', { cause: new Error('root') }));
    const line = JSON.parse(lines.join(''));
    expect(line).toMatchObject({ level: 'fatal', err: { type: 'Error', message: 'broken: root' } });
    expect(line.err.stack).toContain('logger.test.ts');
  });

  test.each([[undefined], ['a word'], [Object.create(null)], [Symbol('s')]])(
    'can tell what was thrown when it was %s',
    (thrown) => {
      const { log, lines } = logging();
      log.fatal(thrown);
      expect(JSON.parse(lines.join('')).err.message).toMatch(/^a value that is not an Error was thrown: ./);
    },
  );
});

describe('the log for a terminal', () => {
  test('has the readable form', () => {
    const { log, lines } = logging({ format: 'terminal' });
    log.emit(stderr);
    expect(lines.join('')).toMatch(
      /^\d\d:\d\d:07 info {2}a plugin wrote to stderr \(plugin=disk\.sh pid=7\): no disk\n$/,
    );
  });

  test('has the stack of a fatal error line by line, with nothing in it that acts on the terminal', () => {
    const { log, lines } = logging({ format: 'terminal' });
    log.fatal(new Error('broken \x1b[31m'));
    expect(lines[0]).toMatch(/fatal the agent ends because of a fault of its own\n$/);
    expect(lines[1]).toBe('  Error: broken \\x1b[31m\n');
    expect(lines.slice(2).join('')).toMatch(/^ {6}at .*logger\.test\.ts/);
  });
});

describe.each(['json', 'terminal'] as const)('the log in the format %s', (format) => {
  test('leaves out what is below its level, which may change at any time', () => {
    const { log, lines } = logging({ format });
    log.emit(started);
    expect(lines).toEqual([]);
    log.setLevel('debug');
    log.emit(started);
    expect(lines.length).toBe(1);
    log.setLevel('error');
    log.emit(stderr);
    expect(lines.length).toBe(1);
  });

  test('tells what its destination has to say, once, even when telling it makes trouble again', () => {
    const { log, lines } = logging({ format, troubles: ['3 lines were lost', 'more trouble'] });
    log.emit(stderr);
    expect(lines.length).toBe(2);
    expect(lines[1]).toContain('the log itself has trouble');
    expect(lines[1]).toContain('3 lines were lost');
  });

  test('reopens its destination, and tells when that fails', () => {
    const { log, lines, calls } = logging({ format, troubles: [null, 'it is a directory'] });
    log.reopen();
    expect(lines).toEqual([]);
    log.reopen();
    expect(lines.join('')).toContain('it is a directory');
    expect(calls).toEqual(['reopen', 'reopen']);
  });

  test('is silent once closed, and closes once', () => {
    const { log, lines, calls } = logging({ format });
    log.close();
    log.close();
    log.emit(stderr);
    log.fatal(new Error('late'));
    expect([lines, calls]).toEqual([[], ['close']]);
  });
});
