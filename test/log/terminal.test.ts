import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logLine } from '../../src/log/catalogue.ts';
import { terminalLine } from '../../src/log/terminal.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { visible } from '../../src/words/visible.ts';
import { wrongMode } from '../helpers/refused.ts';

const atMs = new Date(2026, 10, 22, 4, 3, 7).getTime();
const plain = { colours: false };
const plugin = pluginFile('disk.sh');
const stderr = (text: string, name = 'disk.sh') =>
  terminalLine(logLine({ event: 'run.stderr', plugin: pluginFile(name), pid: 7, text }), atMs, plain);

describe('a line for a person', () => {
  test('has the time of day, the level, the sentence, the facts, and at its end the explanation', () => {
    const ending = { kind: 'exited', status: 3 } as const;
    const failed = {
      event: 'run.failed',
      plugin,
      pid: 7,
      ending,
      advice: { kind: 'exit-status', sentence: 'it exited with status 3', commands: [] },
      repeat: 2,
      elapsedMs: 30_000,
    } as const;
    expect(terminalLine(logLine(failed), atMs, plain)).toBe(
      '04:03:07 warn  a run failed (plugin=disk.sh pid=7 ending=exited repeat=2 elapsedMs=30000 status=3): it exited with status 3\n',
    );
  });

  test('says one thing once', () => {
    const ending = {
      kind: 'not-started',
      code: 'ENOENT',
      cause: 'missing-interpreter',
    } as const;
    const failed = {
      event: 'run.failed',
      plugin,
      pid: null,
      ending,
      advice: { kind: 'missing-interpreter', sentence: 'its interpreter is missing', commands: [] },
      repeat: 1,
      elapsedMs: 0,
    } as const;
    expect(terminalLine(logLine(failed), atMs, plain)).toBe(
      '04:03:07 warn  a run failed (plugin=disk.sh ending=not-started code=ENOENT cause=missing-interpreter): its interpreter is missing\n',
    );
  });

  test('of an event without facts is the sentence alone', () => {
    expect(terminalLine(logLine({ event: 'store.recovered' }), atMs, plain)).toBe(
      '04:03:07 info  samples are stored again\n',
    );
  });

  test('has each problem of a configuration on a line of its own below it', () => {
    const problems = ['/x.ini:2: hostnam: there is no such key', '/x.ini:3: \x1b[2Jthis line has no `=`'];
    expect(terminalLine(logLine({ event: 'config.refused', problems }), atMs, plain)).toBe(
      '04:03:07 error the changed configuration is refused; the last good one stays\n  /x.ini:2: hostnam: there is no such key\n  /x.ini:3: \\x1b[2Jthis line has no `=`\n',
    );
  });

  test('leaves out what is nested, and that something happened for the first time', () => {
    const rejection = wrongMode('/p/disk.sh', 0o755);
    const rejected = logLine({
      event: 'plugin.rejected',
      plugin,
      rejection,
      advice: { kind: 'wrong-mode', sentence: 'its mode is wrong', commands: ['chmod 0700 /p/disk.sh'] },
    });
    expect(terminalLine(rejected, atMs, plain)).toContain(
      'does not run (plugin=disk.sh): its mode is wrong; chmod 0700 /p/disk.sh\n',
    );
    const over = logLine({ event: 'run.overflowed', plugin, keptBytes: 1, droppedBytes: 2, repeat: 1, elapsedMs: 0 });
    expect(terminalLine(over, atMs, plain)).toContain('(plugin=disk.sh keptBytes=1 droppedBytes=2)\n');
  });

  test('has colours only when asked, and says the same with them', () => {
    const line = logLine({ event: 'store.failed', detail: 'disk full' });
    const coloured = terminalLine(line, atMs, { colours: true });
    expect(coloured).toContain('\x1b[31merror\x1b[39m');
    expect(stripVTControlCharacters(coloured)).toBe(terminalLine(line, atMs, plain));
  });
});

describe('what a plugin wrote', () => {
  test('can not move the cursor, change colours or ring the bell', () => {
    expect(stderr('\x1b[2J\x1b]0;owned\x07\u009b31m')).toContain(': \\x1b[2J\\x1b]0;owned\\x07\\x9b31m\n');
  });

  test('can not forge a line of the log or facts about another plugin', () => {
    expect(stderr('oops\n04:03:07 fatal gone\r\t(plugin=other)').split('\n')).toEqual([
      '04:03:07 info  a plugin wrote to stderr (plugin=disk.sh pid=7): oops\\n04:03:07 fatal gone\\r\\t(plugin=other)',
      '',
    ]);
    expect(stderr('x', 'a pid=1) "b"\n')).toContain('(plugin="a pid=1) \\"b\\"\\n" pid=7): x');
  });

  test('can not turn the direction of the text or hide in it', () => {
    expect(visible('a\u202eb\u200bc\u2028d\ufeff\ud800')).toBe('a\\u{202e}b\\u{200b}c\\u{2028}d\\u{feff}\\u{d800}');
  });

  test('stays as it is otherwise', () => {
    expect(visible('Größe 😀 C:\\new “x”')).toBe('Größe 😀 C:\\new “x”');
  });

  test('is one line whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, name) => {
        const line = stderr(text, name);
        expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect(line.endsWith('\n')).toBe(true);
      }),
    );
  });
});
