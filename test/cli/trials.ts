import type { AnnotatedLine } from '../../src/model/annotated.ts';
import type { TrialResult } from '../../src/model/trial.ts';

/** A line that is a sample. */
export function sampleLine(line: number, name: string, value: number): AnnotatedLine {
  return {
    line,
    text: `${name} ${value}`,
    verdict: { kind: 'sample', metric: `web1.mail.${name}`, value, atS: 1_795_608_000 },
  };
}

/** A line that is none. */
export function badLine(line: number, text: string): AnnotatedLine {
  return { line, text, verdict: { kind: 'bad-line', reason: 'not-a-number', hint: 'a number was expected' } };
}

/** A run that went well and printed these lines. */
export function trial(lines: readonly AnnotatedLine[], change: Partial<TrialResult> = {}): TrialResult {
  const samples = lines.filter(({ verdict }) => verdict.kind === 'sample').length;
  const badLines = lines.filter(({ verdict }) => verdict.kind === 'bad-line').length;
  return {
    file: 'mail.sh',
    prefix: 'web1.mail',
    args: ['0'],
    stdinBytes: 0,
    pid: 47,
    ending: { kind: 'exited', status: 0 },
    failure: null,
    notes: [],
    endedAtS: 1_795_608_000,
    durationMs: 12.3,
    cpuS: null,
    peakMemoryBytes: null,
    stdout: '',
    droppedBytes: 0,
    outputLost: null,
    output: { lines, moreLines: 0, samples, badLines, looksLike: null, duplicate: null },
    stderr: [],
    ...change,
  };
}
