import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { trialDocument } from '../../src/cli/trial-document.ts';
import { foundText, renderTrial, waitingText } from '../../src/cli/trial-text.ts';
import type { AnnotatedLine, ShownSample } from '../../src/model/annotated.ts';
import type { Series } from '../../src/model/series.ts';
import { badLine, sampleLine, trial } from './trials.ts';

const plain = { colours: false };
/** Advice with this sentence and these commands. */
const failure = (sentence: string, ...commands: readonly string[]) => ({ kind: 'other', sentence, commands });
const place = { ranBy: 'agent', where: 'run by the agent (pid 7), as at a tick', rejection: null } as const;

test('a run is shown with what it was called with, each line beside its verdict, its stderr and its end', () => {
  const lines = [
    sampleLine(1, 'queue.waiting', 3),
    { line: 2, text: '', verdict: { kind: 'blank' } } as const,
    badLine(3, 'b x'),
    { line: 4, text: 'cut 1', verdict: { kind: 'cut' } } as const,
  ];
  const change = { args: ['1795607970', '0'], stdinBytes: 20, droppedBytes: 5, stderr: ['a warning'] };
  expect(renderTrial(trial(lines, change), plain)).toBe(`  called with 1795607970 0, and 20 bytes on stdin
  stdout:
    1  queue.waiting 3  → web1.mail.queue.waiting 3 1795608000
    2
    3  b x              ✗ not-a-number: a number was expected
    4  cut 1            ✗ the output was cut in this line
    … 5 bytes more were read and thrown away: max_output
  stderr:
    a warning
  exit 0 after 12 ms (pid 47): 1 sample, 1 bad line; nothing was sent
`);
});

test('a run in a format of another system is shown with that, and with what the plugin says of itself', () => {
  const foreign = { format: 'nagios', message: 'load\x1b 5', notFinite: 2, checkState: 'WARNING' } as const;
  const result = trial([], { args: [], foreign });
  expect(renderTrial(result, plain)).toBe(`  called with no arguments, and nothing on stdin
  read as nagios
  message: WARNING: load\\x1b 5
  2 values not finite, so not sent
  stdout: nothing
  exit 0 after 12 ms (pid 47): 0 samples, 0 bad lines; nothing was sent
`);
  expect(trialDocument(result, '/x', place).foreign).toEqual(foreign);
  expect(trialDocument(trial([]), '/x', place)).not.toHaveProperty('foreign');
});

test('a Munin plugin whose counts give no rate yet is shown with the reason', () => {
  const foreign = { format: 'munin', message: null, notFinite: 0, checkState: null } as const;
  const lines: readonly AnnotatedLine[] = [{ line: 1, text: 'down.value 5', verdict: { kind: 'nothing' } }];
  const output = { lines, moreLines: 0, samples: 0, badLines: 0, looksLike: null, duplicate: null };
  const wait = 'a rate needs two runs: the agent has it from its second run on';
  expect(renderTrial(trial([], { foreign, output }), plain)).toContain(`  read as munin\n  ${wait}\n  stdout:\n`);
  expect(renderTrial(trial([], { foreign, output: { ...output, samples: 1 } }), plain)).not.toContain(wait);
  expect(renderTrial(trial([], { foreign }), plain)).not.toContain(wait);
});

test('what a line in the format of another system holds stands below it, with kind and unit', () => {
  const sample = (name: string, series?: Partial<Series>): ShownSample => ({
    metric: `web1.mail.${name}`,
    value: 3,
    atS: 1_795_608_000,
    ...(series && { series: { family: null, labels: [], kind: 'gauge', unit: '', ...series } }),
  });
  const lines: readonly AnnotatedLine[] = [
    { line: 1, text: '# a comment', verdict: { kind: 'nothing' } },
    { line: 2, text: 'a 1', verdict: { kind: 'sample', ...sample('a', { kind: 'counter' }) } },
    {
      line: 3,
      text: 'OK|b=3% c=3c d=x',
      verdict: {
        kind: 'several',
        samples: [sample('b', { unit: '%\x1b' }), sample('c', { kind: 'counter', unit: 'B' }), sample('d')],
        badLines: [{ reason: 'not-a-number', hint: 'd: x is not a number' }],
        moreSamples: 1,
        moreBadLines: 2,
      },
    },
  ];
  const output = { lines, moreLines: 7, samples: 6, badLines: 5, looksLike: null, duplicate: null };
  expect(renderTrial(trial([], { output }), plain)).toBe(`  called with 0, and nothing on stdin
  stdout:
    1  # a comment       · no sample
    2  a 1               → web1.mail.a 3 1795608000 (counter)
    3  OK|b=3% c=3c d=x
         → web1.mail.b 3 1795608000 (%\\x1b)
         → web1.mail.c 3 1795608000 (counter, B)
         → web1.mail.d 3 1795608000
         … and 1 more sample
         ✗ not-a-number: d: x is not a number
         … and 2 more that can't be read
    … 7 more lines, 2 of them bad
  exit 0 after 12 ms (pid 47): 6 samples, 5 bad lines; nothing was sent
`);
});

describe('an ending is shown with its meaning, and what to type below it', () => {
  test.each([
    [
      { ending: { kind: 'exited', status: 3 }, failure: failure('it exited with status 3') },
      'exit 3 after 12 ms (pid 47): it exited with status 3',
    ],
    [
      { ending: { kind: 'signaled', signal: 'SIGKILL', status: 137 }, failure: failure('f') },
      'ended by SIGKILL after 12 ms (pid 47): f',
    ],
    [
      {
        ending: { kind: 'not-started', code: 'ENOENT', cause: 'other' },
        failure: failure('f', "rm '/x'"),
        pid: null,
        durationMs: 61_000,
      },
      "did not run after 1m 1s: f\n    rm '/x'",
    ],
    [{ ending: { kind: 'unknown' }, failure: failure('f') }, 'ended in an unknown way after 12 ms (pid 47): f'],
  ] as const)('%#', (change, said) => {
    expect(renderTrial(trial([], change), plain)).toBe(
      `  called with 0, and nothing on stdin\n  stdout: nothing\n  ${said}\n`,
    );
  });
});

test('a note stands below how the run ended, with what to type, and is in the document', () => {
  const noted = trial([sampleLine(1, 'a', 1)], { notes: [failure('it has no #! line', "sed -i '1i x' y")] });
  expect(renderTrial(noted, plain).split('\n').slice(-4)).toEqual([
    '  exit 0 after 12 ms (pid 47): 1 sample, 0 bad lines; nothing was sent',
    '  note: it has no #! line',
    "    sed -i '1i x' y",
    '',
  ]);
  const { notes, commands } = trialDocument(noted, '/s/x', place);
  expect([notes, commands]).toEqual([["it has no #! line; sed -i '1i x' y"], ["sed -i '1i x' y"]]);
});

test('nothing in what a script is called or prints acts on the terminal', () => {
  const nasty = '\x1b[2J\u202e\r';
  const text =
    renderTrial(trial([badLine(1, nasty)], { stderr: [nasty], outputLost: nasty }), plain) +
    foundText(`/s/${nasty}`, { ranBy: 'here', where: `in ${nasty}`, rejection: failure(nasty, nasty) });
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(text.match(/\\x1b\[2J\\u\{202e\}\\r/g)).toHaveLength(7);
});

test('lines that are not shown are counted', () => {
  const output = {
    lines: [sampleLine(1, 'a', 1), badLine(2, 'b')],
    moreLines: 12,
    samples: 13,
    badLines: 1,
    looksLike: null,
    duplicate: null,
  };
  expect(renderTrial(trial([], { output }), plain)).toContain('    … 12 more lines\n');
  expect(renderTrial(trial([], { output: { ...output, samples: 9, badLines: 5 } }), plain)).toContain(
    '    … 12 more lines, 4 of them bad\n',
  );
});

test('what an output looks like is said once, in place of a hint on each line; so are repeated names', () => {
  const { output } = trial([badLine(1, 'a b'), badLine(2, 'c d')]);
  const looksLike = { kind: 'nagios', sentence: 'this looks like x\u001b', commands: ['wrap it'] } as const;
  const duplicate = { kind: 'duplicate', sentence: 'line 2 again', commands: [] } as const;
  expect(renderTrial(trial([], { output: { ...output, looksLike, duplicate } }), plain)).toContain(
    '    1  a b  ✗ not-a-number\n    2  c d  ✗ not-a-number\n' +
      '  notes:\n    this looks like x\\x1b\n      wrap it\n    duplicate: line 2 again\n',
  );
});

test('who runs it, and why it would not run at a tick, come first; a wait names the process', () => {
  expect(foundText('/s/a.sh', place)).toBe('/s/a.sh: run by the agent (pid 7), as at a tick\n');
  expect(foundText('/s/a.sh', { ...place, rejection: failure('a.sh has mode 0755', 'chmod 0700 /s/a.sh') })).toBe(
    '/s/a.sh: run by the agent (pid 7), as at a tick\n' +
      '  at a tick it would not run: a.sh has mode 0755\n    chmod 0700 /s/a.sh\n',
  );
  expect(waitingText({ event: 'waiting', pid: 9, elapsedS: 61 })).toMatch(
    /^it is in flight already \(pid 9\), for 1m 1s; .* a plugin never runs twice at the same time$/,
  );
  expect(waitingText({ event: 'waiting', pid: null, elapsedS: 0 })).toMatch(/^it is in flight already, for 0s; /);
});

test('docs/status.md names every field of the document of a run, and no other', () => {
  const page = readFileSync(new URL('../../docs/status.md', import.meta.url), 'utf8');
  const section = /^## The answer of `run`$(.*?)^## /ms.exec(page)?.[1] ?? '';
  const [fields = [], verdicts = []] = section
    .split('| `kind` of a verdict')
    .map((table) => [...table.matchAll(/^\| `([^`]+)` /gm)].map(([, field]) => field));
  const foreign = { format: 'nagios', message: null, notFinite: 0, checkState: 'OK' } as const;
  const { output, ...others } = trialDocument(trial([sampleLine(1, 'a', 1)], { foreign }), '/', place);
  const ofLines = Object.keys(output.lines[0] ?? {}).map((name) => `output.lines[].${name}`);
  expect(fields.toSorted()).toEqual(
    [
      ...Object.keys(others),
      ...Object.keys(foreign).map((name) => `foreign.${name}`),
      ...Object.keys(output).map((name) => `output.${name}`),
      ...ofLines,
    ].toSorted(),
  );
  expect(verdicts).toEqual(['sample', 'bad-line', 'blank', 'cut', 'several', 'nothing']);
});

test('the document of a run joins sentence and commands of its advice, and lists the commands as well', () => {
  const rejection = failure('a.sh has mode 0755', 'chmod 0700 /s/a.sh');
  const failed = trial([], { failure: failure('it has CRLF', 'sed -i x', 'sed -i y') });
  expect(trialDocument(failed, '/s/a.sh', { ...place, rejection })).toMatchObject({
    rejection: 'a.sh has mode 0755; chmod 0700 /s/a.sh',
    failure: 'it has CRLF; sed -i x; sed -i y',
    commands: ['chmod 0700 /s/a.sh', 'sed -i x', 'sed -i y'],
  });
  expect(trialDocument(trial([]), '/', place)).toMatchObject({ rejection: null, failure: null, commands: [] });
});

test('the document of a run says how it ended in the words of the status', () => {
  const killed = trialDocument(
    trial([], { ending: { kind: 'signaled', signal: 'SIGKILL', status: 137 } }),
    '/s/mail.sh',
    place,
  );
  expect(killed).toMatchObject({ format: 1, path: '/s/mail.sh', file: 'mail.sh', ranBy: 'agent', rejection: null });
  expect(killed).toMatchObject({ ending: 'signaled', status: 137, signal: 'SIGKILL' });
  expect(trialDocument(trial([], { ending: { kind: 'unknown' } }), '/', place)).toMatchObject({
    ending: 'unknown',
    status: null,
    signal: null,
  });
});

test('what a run has used stands behind how long it took', () => {
  const used = { cpuS: 0.0123, peakMemoryBytes: 300_000_000 };
  const line = 'exit 0 after 12 ms (pid 47), 12 ms of CPU, 286 MiB of memory: 0 samples';
  expect(renderTrial(trial([], used), plain)).toContain(line);
  expect(trialDocument(trial([], used), '/x', place)).toMatchObject(used);
});
