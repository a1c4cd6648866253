import type { Reason } from '../model/advice.ts';
import type { BadLine } from '../model/bad-line.ts';
import { typeable } from '../words/shell-words.ts';
import { visibleInQuotes } from '../words/visible.ts';
import { reason, reasonOf } from './reason.ts';
import type { RunFacts } from './runs.ts';
import type { Situation } from './situation.ts';

/** What is wrong with the output of a plugin's last run; empty: nothing. Never throws. */
export function outputReasons({ script, facts }: Situation): readonly Reason[] {
  const { run, stderr } = facts;
  const { file, path } = script.plugin;
  if (!run) return [];
  const seeStderr = stderr.length > 0 ? [`instrument_server status ${typedName(file)}`] : [];
  if (run.failure !== null) {
    if (run.ending.kind === 'not-started' || seeStderr.length === 0) return [reasonOf(run.failure)];
    const sentence = `${run.failure.sentence}; its stderr is in its status`;
    return [reason(run.failure.kind, sentence, ...run.failure.commands, ...seeStderr)];
  }
  if (run.outputLost !== null && run.samples === 0)
    return [reason('output-lost', `its last output was lost: ${run.outputLost}`)];
  const cut = run.droppedBytes > 0 ? [outputCut(run.outputBytes)] : [];
  if (run.badLines > 0) return [...badLineReasons(run), ...cut];
  if (run.samples > 0) return cut;
  const printed = run.outputBytes === 0 ? 'printed nothing' : 'printed only blank lines';
  const more = seeStderr.length === 0 ? '' : '; its stderr is in its status';
  const cure = `print NAME VALUE lines, and try it by hand${more}`;
  const sentence = `its last run exited with 0 and ${printed} on stdout; ${cure}`;
  return [reason('empty-output', sentence, `${typeable(path)} 0`, ...seeStderr)];
}

function badLineReasons({
  badLines,
  samples,
  firstBadLines: [first],
}: NonNullable<RunFacts['run']>): readonly Reason[] {
  const kind =
    first?.reason === 'decimal-comma' ? 'decimal-comma' : samples === 0 ? 'only-bad-lines' : 'some-bad-lines';
  const verb = badLines === 1 ? 'is not a sample' : 'are not samples';
  const count = `${badLines} of ${badLines + samples} lines ${verb}`;
  return [reason(kind, first ? `${count}; the first is line ${first.line}, ${quotedBadLine(first)}` : count)];
}

function quotedBadLine({ text, hint }: BadLine): string {
  return `${visibleInQuotes(text)}: ${hint}`;
}

function outputCut(outputBytes: number): Reason {
  const size = `${Math.ceil(outputBytes / (1024 * 1024))}MiB`;
  const cure = `print less, or set max_output = ${size} under [scripts]`;
  return reason('output-cut', `its last output was longer than what is kept, and its end was lost; ${cure}`);
}

function typedName(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : typeable(word);
}
