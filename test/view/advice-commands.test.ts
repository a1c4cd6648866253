import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { formatHint } from '../../src/formats/hints.ts';
import type { Exit } from '../../src/io/process/launch/launcher.ts';
import type { Advice, ReasonKind } from '../../src/model/advice.ts';
import type { BadLine } from '../../src/model/bad-line.ts';
import { type JudgedScript, type PluginRejection, pluginFile, pluginName } from '../../src/model/plugin.ts';
import { collisionsOf } from '../../src/plugins/collisions.ts';
import { adviceOnGroup } from '../../src/plugins/exposure-advice.ts';
import { adviceOnDirectory, adviceOnScript } from '../../src/plugins/rejection-advice.ts';
import { noteOnScript } from '../../src/plugins/script-notes.ts';
import { judgeExit } from '../../src/runner/ending.ts';
import { reasonsOf } from '../../src/view/reasons.ts';
import { reasonOfSink, sinkReasons } from '../../src/view/sink-reasons.ts';
import { stateTable } from '../../src/view/state-table.ts';
import { exposures } from '../helpers/exposed.ts';
import { hintedPlugin } from '../helpers/hinted-plugin.ts';
import { bareCommands } from '../helpers/own-commands.ts';
import { refused, wrongMode, wrongOwner } from '../helpers/refused.ts';
import { facts, goodRun, known, noonS, running, sink } from './set-up.ts';

/** Names that a careless command would split, expand, take for a flag, or run. */
const awkwardNames = [
  'plain.sh',
  "it's.sh",
  'two words.sh',
  '-n.sh',
  '$(date).sh',
  'a\nb.sh',
  '`id`;rm.sh',
  'é"\u001b[2J.sh',
];

const scriptAt = (file: string, rejection: PluginRejection | null = null): JudgedScript => ({
  plugin: { file: pluginFile(file), name: pluginName(file), path: `/scripts/${file}` },
  rejection,
  advice: rejection && adviceOnScript(rejection),
  note: null,
  collision: null,
  freeName: () => `other ${file}`,
  isSettled: true,
});

const notStarted = (code: string): Exit => ({ kind: 'not-started', failedAt: 'exec', code, words: 'x' });

const rejected = (file: string, rejection: PluginRejection) => reasonsOf(known({ script: scriptAt(file, rejection) }));

const afterRun = (file: string, run: Partial<typeof goodRun>) =>
  reasonsOf(known({ script: scriptAt(file), facts: facts({ ...goodRun, ...run }) }));

const ended = (file: string, exit: Exit, firstLine = '#!/bin/sh', lastStderr: string | null = null) =>
  afterRun(file, { ...judgeExit(exit, `/scripts/${file}`, firstLine), samples: 0, lastStderr });

const noted = (file: string, firstLine: string) => {
  const script = { ...scriptAt(file), note: noteOnScript({ head: () => firstLine }, `/scripts/${file}`) };
  return reasonsOf(known({ script }));
};

const badLine = { line: 1, text: '$(date)', reason: 'bad-name', hint: 'no' } as const;
/** A line of each format of another system that is known. */
const foreignOutputs = [
  '{"a":1}',
  'a{b="c"} 1',
  'LOAD OK - x|a=1',
  '0 "a b" c=1 text',
  'multigraph a',
  'a,b=c d=1',
  'PUTVAL "h/p/t" N:1',
  'put a 1700000000 1',
].map((text): BadLine => ({ ...badLine, text }));
const noneLeftOut = { beyond: 0, newNames: 0, firstNewName: null, maxSamples: 5, maxNames: 5 };
const away = (name: string, state: 'away' | 'refused') =>
  sinkReasons([sink({ name, state, trouble: 'x' })], noonS, bareCommands);

/** For each kind, what makes it; a kind without a situation does not compile. */
const situations: Readonly<Record<ReasonKind, (file: string) => readonly Advice[]>> = {
  'directory-suspended': (file) => [
    adviceOnDirectory({ kind: 'missing', path: `/${file}` }),
    adviceOnDirectory({ ...wrongMode(`/${file}`, 0o2755), target: null }),
    adviceOnDirectory({ ...wrongOwner(`/${file}`), target: null }),
    ...exposures(`/${file}`, file).map((folder) => adviceOnDirectory({ kind: 'exposed', path: `/${file}`, folder })),
    adviceOnDirectory({ kind: 'unreadable', path: `/${file}`, code: 'ELOOP' }),
  ],
  'wrong-mode': (file) => rejected(file, wrongMode(`/scripts/${file}`, 0o4755)),
  'not-executable': (file) => rejected(file, wrongMode(`/scripts/${file}`, 0o644)),
  'wrong-owner': (file) => rejected(file, wrongOwner(`/scripts/${file}`, { mode: 0o755 })),
  'exposed-folder': (file) =>
    exposures(`/${file}`, file).flatMap((folder) =>
      rejected(file, { kind: 'exposed', path: `/scripts/${file}`, target: `/t/${file}`, folder }),
    ),
  'group-writable': (file) =>
    exposures(`/${file}`, file).flatMap((folder) =>
      reasonsOf(known({ script: { ...scriptAt(file), note: adviceOnGroup(`/scripts/${file}`, folder) } })),
    ),
  'not-a-script': (file) =>
    rejected(file, {
      ...refused(`/scripts/${file}`, { mode: 0o644 }),
      kind: 'not-a-script',
      hiddenPath: `/scripts/.${file}`,
    }),
  unreadable: (file) => [
    ...rejected(file, { kind: 'dangling-link', path: `/scripts/${file}`, target: `/no/${file}` }),
    ...rejected(file, { kind: 'unreadable', path: `/scripts/${file}`, code: 'ELOOP', target: null }),
  ],
  disabled: (file) => reasonsOf(known({ script: scriptAt(file), isEnabled: false, section: `[plugin:${file}]` })),
  'exit-status': (file) => [
    ...ended(file, { kind: 'exited', status: 127 }),
    ...ended(file, { kind: 'exited', status: 127 }, '#!/bin/sh', 'no $(date)'),
  ],
  signal: (file) => ended(file, { kind: 'signaled', signal: 'SIGTERM', status: 143 }),
  'ending-unknown': (file) => ended(file, { kind: 'unknown' }),
  'not-started': (file) => ended(file, notStarted('EACCES'), '#!/bin/sh'),
  'missing-interpreter': (file) => ended(file, notStarted('ENOENT'), '#!/no/such'),
  'crlf-interpreter': (file) => ended(file, notStarted('ENOENT'), '#!/bin/sh\r'),
  'being-written': (file) => ended(file, notStarted('ETXTBSY'), '#!/bin/sh'),
  'byte-order-mark': (file) => noted(file, '\u00ef\u00bb\u00bf#!/bin/sh'),
  'long-shebang': (file) => noted(file, `#!/${'x'.repeat(300)}`),
  'no-shebang': (file) => noted(`${file}.py`, 'import os'),
  'empty-output': (file) => afterRun(file, { samples: 0, outputBytes: 0, lastStderr: 'x' }),
  'no-line-end': (file) => afterRun(file, { samples: 0, outputBytes: 99, droppedBytes: 9, unendedBytes: 90 }),
  'only-bad-lines': (file) =>
    afterRun(file, { samples: 0, badLines: 1, firstBadLines: [badLine] }).concat(
      foreignOutputs.flatMap((bad) => {
        const looksLike = formatHint([bad], hintedPlugin(`/scripts/${file}`));
        return looksLike === null ? [] : afterRun(file, { samples: 0, badLines: 1, firstBadLines: [bad], looksLike });
      }),
    ),
  'decimal-comma': (file) => afterRun(file, { badLines: 1, firstBadLines: [{ ...badLine, reason: 'decimal-comma' }] }),
  'some-bad-lines': (file) => afterRun(file, { badLines: 1, firstBadLines: [badLine] }),
  'output-cut': (file) => afterRun(file, { droppedBytes: 9 }),
  'output-lost': (file) => afterRun(file, { samples: 0, outputLost: 'no room' }),
  hung: (file) => reasonsOf(known({ script: scriptAt(file), currentRun: running(60, { isOverdue: true, skips: 1 }) })),
  slow: (file) => reasonsOf(known({ script: scriptAt(file), currentRun: running(60, { isOverdue: true }) })),
  skipped: (file) => reasonsOf(known({ script: scriptAt(file), currentRun: running(60, { skips: 2 }) })),
  waiting: (file) =>
    reasonsOf(known({ script: scriptAt(file), currentRun: running(60, { state: 'waiting', skips: 2 }) })),
  'left-process': (file) =>
    reasonsOf(known({ script: scriptAt(file), leftBehind: { processes: 2, pids: [8, 9], most: 20 } })),
  'too-many-left': (file) => [
    ...reasonsOf(known({ script: scriptAt(file), leftBehind: { processes: 2, pids: [8, 9], most: 2 } })),
    ...reasonsOf(known({ script: scriptAt(file), leftBehind: { processes: 2, pids: [], most: 2 } })),
  ],
  'too-many-samples': (file) => afterRun(file, { leftOut: { ...noneLeftOut, beyond: 2 } }),
  'too-many-names': (file) => afterRun(file, { leftOut: { ...noneLeftOut, newNames: 2, firstNewName: 'h.a.b' } }),
  'stderr-cut': (file) =>
    reasonsOf(known({ script: scriptAt(file), unloggedStderr: { lines: 2, bytes: 9, mostBytes: 1024 } })),
  'not-due': (file) =>
    reasonsOf(
      known({ script: scriptAt(file), facts: facts(null), nextDueAtS: noonS + 999, section: `[plugin:${file}]` }),
    ),
  'not-run-yet': (file) => reasonsOf(known({ script: scriptAt(file), facts: facts(null) })),
  'host-collision': (file) => afterRun(file, { takenByHost: { count: 2, names: ['h.cpu.user'] } }),
  'name-collision': (file) =>
    collisionsOf([scriptAt(file).plugin, { ...scriptAt(`other ${file}`).plugin, name: pluginName(file) }], []).flatMap(
      ({ advice, adviceByFile }) => [advice, ...adviceByFile.values()],
    ),
  'collector-away': () => away('instrumental', 'away'),
  'key-refused': () => away('instrumental', 'refused'),
  'sink-away': () => away('influx', 'away'),
  'sink-refused': () => [
    ...away('influx', 'refused'),
    ...[
      reasonOfSink('influx', { state: 'refused', trouble: { sentence: 'x', commands: [] } }, bareCommands) ?? [],
    ].flat(),
  ],
  'samples-refused': () => sinkReasons([sink({ trouble: 'x', droppedSamples: 2 })], noonS, bareCommands),
  'no-sink': () => sinkReasons([], noonS, bareCommands),
};

test('every reason that is a plugin’s own has a row in the table of states', () => {
  const ofSinks = ['collector-away', 'key-refused', 'sink-away', 'sink-refused', 'samples-refused', 'no-sink'];
  const inTable = stateTable.flatMap(({ kinds }): readonly string[] => kinds);
  expect(new Set([...inTable, ...ofSinks])).toEqual(new Set(Object.keys(situations)));
});

describe('every command of advice can be typed as it stands', () => {
  test.each(Object.entries(situations))('%s', (kind, made) => {
    for (const file of awkwardNames) {
      const advice = made(file);
      expect(advice.map((one) => one.kind)).toContain(kind);
      for (const command of advice.flatMap(({ commands }) => commands)) {
        const { status, stderr } = spawnSync('/bin/sh', ['-n', '-c', command], { encoding: 'utf8' });
        expect([command, status, stderr]).toEqual([command, 0, '']);
        expect(command).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u); // acts on no terminal, and is one line
        expect(command).not.toMatch(/\b(SCRIPT|NAME|DIR|FILE|USER)\b/); // nothing is left to fill in
      }
    }
  });

  test('and a path in it is one word of it, whatever the path', () => {
    for (const file of awkwardNames) {
      const path = `/scripts/${file}`;
      const [command = ''] = adviceOnScript(wrongMode(path, 0o755)).commands;
      const printed = spawnSync('/bin/sh', ['-c', command.replace(/^chmod/, "printf '%s|'")], { encoding: 'utf8' });
      expect(printed.stdout).toBe(`0700|${path}|`);
    }
  });
});
