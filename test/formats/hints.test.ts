import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { annotate } from '../../src/formats/annotate.ts';
import { formatHint } from '../../src/formats/hints.ts';
import { parseOutput, summaryWalk } from '../../src/formats/native.ts';
import { atOnce } from '../../src/io/walk.ts';
import type { BadLine } from '../../src/model/bad-line.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { hintedPlugin } from '../helpers/hinted-plugin.ts';
import { fixture } from '../helpers/install-plugin.ts';

const context = { prefix: 'h.p', endedAtS: unixSeconds(1_700_000_000), truncated: false };
const goldens = readdirSync(fixture('output')).map((name) => {
  const { looksLike = null } = JSON.parse(readFileSync(join(fixture('output'), name, 'expected.json'), 'utf8'));
  return { name, looksLike, stdout: readFileSync(join(fixture('output'), name, 'stdout')) };
});
const bad = (text: string): BadLine => ({ line: 1, text, reason: 'too-many-words', hint: 'no' });
const kindOf = (...texts: readonly string[]) => formatHint(texts.map(bad), hintedPlugin())?.kind ?? null;

describe('an output', () => {
  test.each(goldens)(
    'fixtures/output/$name looks like $looksLike, at a tick and to its author',
    ({ looksLike, stdout }) => {
      const { badLines } = atOnce(summaryWalk([stdout], context));
      expect(formatHint(badLines.first, hintedPlugin())?.kind ?? null).toBe(looksLike);
      expect(annotate(stdout, context, 1, hintedPlugin()).looksLike?.kind ?? null).toBe(looksLike);
    },
  );

  test('of plain mistakes looks like no other format, whichever of its lines it is', () => {
    for (const { stdout } of goldens.filter(({ looksLike }) => looksLike === null)) {
      const texts = [...parseOutput([stdout], context)].flatMap((found) =>
        found.kind === 'bad-line' ? [found.badLine.text] : [],
      );
      for (const text of texts) expect([text, kindOf(text)]).toEqual([text, null]);
    }
  });

  test('without bad lines looks like what it is', () => {
    expect(formatHint([], hintedPlugin())).toBe(null);
  });

  test('with a few such lines among other mistakes is not taken for that format', () => {
    expect(kindOf('a{b="c"} 1', 'load 5%')).toBe('prometheus');
    expect(kindOf('load 5%', 'users 5%', 'a{b="c"} 1')).toBe(null);
    expect(kindOf('load 5%', 'LOAD OK - x|a=1')).toBe(null);
    expect(kindOf('load 5%', '{"a": 1}')).toBe(null);
    expect(kindOf('{', 'load 5%')).toBe(null);
    expect(kindOf('{')).toBe('json');
  });
});

test('the hint names the format, the section that sets it, and a command that tries it', () => {
  expect(formatHint([bad('x OK - y|a=1')], hintedPlugin())).toEqual({
    kind: 'nagios',
    sentence:
      'this looks like Nagios output; put format = nagios under [plugin:p] in /etc/agent.ini; the command shows what that gives',
    commands: ['instrument_server run --format nagios p'],
  });
});

test('the hint names no file where none can be edited', () => {
  const { sentence } = formatHint([bad('x OK - y|a=1')], hintedPlugin('/p', { configFile: null })) ?? {};
  expect(sentence).toContain('under [plugin:p]; ');
});

test('the hint on a format that can not be configured is the script and a filter', () => {
  expect(formatHint([bad('PUTVAL h/exec-q/gauge-d N:5')], hintedPlugin("/it's here"))).toEqual({
    kind: 'collectd',
    sentence:
      "this looks like collectd's PUTVAL lines; print NAME VALUE lines instead, or move it elsewhere and put a script in its place that pipes it through a filter, as this command does",
    commands: [expect.stringMatching(/^'\/it'\\''s here' \| awk /)],
  });
});

test('an output that is read in another format than it looks like is told so, and else nothing', () => {
  const hint = (format: 'prometheus' | 'nagios') => formatHint([bad('x OK - y|a=1')], hintedPlugin('/p', { format }));
  expect(hint('prometheus')?.sentence).toMatch(/^this looks like Nagios output, and is read as prometheus; put format/);
  expect(hint('nagios')).toBeNull();
});

test('Graphite lines are recognised where they are no NAME VALUE UNIX_TIME lines', () => {
  expect(kindOf('web.load;cpu=0 1.5 1700000000')).toBe('graphite');
  expect(kindOf('h.load 1 -1')).toBe('graphite');
  expect(kindOf('h.load 1 17')).toBeNull();
});

test('it is told of any lines in no time, and never throws', () => {
  const unit = fc.constantFrom(...'{}[]"\\ :,;|=/#.-aZ_09', '\n', '\u0000', 'é', 'OK', 'put ', 'PUTVAL ', '# TYPE ');
  fc.assert(
    fc.property(fc.array(fc.string({ unit, maxLength: 200 }), { maxLength: 7 }), (texts) => {
      const kind = kindOf(...texts);
      expect(kind === null || typeof kind === 'string').toBe(true);
    }),
    { numRuns: 2000 },
  );
  for (const text of ['a,a=a', 'a ', '"a', '[[', '{"', '\\', 'a=1,', '# ', '/', "|'", 'PUTVAL "a/', 'OK '])
    expect(() => kindOf(text.repeat(200).slice(0, 200))).not.toThrow();
});
