import type { Advice, EndingKind, Reason } from '../model/advice.ts';
import type { BadLine } from '../model/bad-line.ts';
import { typeable } from '../words/shell-words.ts';
import { reason, reasonOf } from './reason.ts';
import type { EndedRun } from './runs.ts';
import type { Situation } from './situation.ts';

const shownCharacters = 200; // of a line of stderr

/** What is wrong with the output of a plugin's last run; empty: nothing. Never throws. */
export function outputReasons({ script, facts }: Situation): readonly Reason[] {
  const { run } = facts;
  const { file, path } = script.plugin;
  if (!run) return [];
  if (run.failure !== null) return [failureReason(run, run.failure, file)];
  if (run.outputLost !== null && run.samples === 0)
    return [reason('output-lost', `its last output was lost: ${run.outputLost}`)];
  const cut = run.droppedBytes > 0 ? [outputCut(run.outputBytes)] : [];
  if (run.badLines > 0) return [...badLineReasons(run), ...cut];
  if (run.samples > 0) return cut;
  const printed = run.outputBytes === 0 ? 'printed nothing' : 'printed only blank lines';
  const seeStderr = run.lastStderr === null ? [] : [`instrument_server status ${typedName(file)}`];
  const more = seeStderr.length === 0 ? '' : '; its stderr is in its status';
  const cure = `print NAME VALUE lines, and try it by hand${more}`;
  const sentence = `its last run exited with 0 and ${printed} on stdout; ${cure}`;
  return [reason('empty-output', sentence, `${typeable(path)} 0`, ...seeStderr)];
}

/** Why its last run failed, with its last line on stderr, or else how to try it by hand. */
function failureReason(run: EndedRun, failure: Advice<EndingKind>, file: string): Reason {
  const { kind, sentence, commands } = failure;
  if (run.ending.kind === 'not-started') return reasonOf(failure);
  if (run.lastStderr !== null) {
    const said = `${sentence}; its last line on stderr: ${JSON.stringify(shortened(run.lastStderr))}`;
    return reason(kind, said, ...commands, `instrument_server status ${typedName(file)}`);
  }
  if (kind !== 'exit-status') return reasonOf(failure);
  const said = `${sentence}; it wrote nothing to stderr: try it by hand`;
  return reason(kind, said, ...commands, `instrument_server run ${typedName(file)}`);
}

function shortened(line: string): string {
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line;
}

function badLineReasons({ badLines, samples, firstBadLines: [first] }: EndedRun): readonly Reason[] {
  const kind =
    first?.reason === 'decimal-comma' ? 'decimal-comma' : samples === 0 ? 'only-bad-lines' : 'some-bad-lines';
  const verb = badLines === 1 ? 'is not a sample' : 'are not samples';
  const count = `${badLines} of ${badLines + samples} lines ${verb}`;
  return [reason(kind, first ? `${count}; the first is line ${first.line}, ${quotedBadLine(first)}` : count)];
}

function quotedBadLine({ text, hint }: BadLine): string {
  return `${JSON.stringify(text)}: ${hint}`;
}

function outputCut(outputBytes: number): Reason {
  const size = `${Math.ceil(outputBytes / (1024 * 1024))}MiB`;
  const cure = `print less, or set max_output = ${size} under [scripts]`;
  return reason('output-cut', `its last output was longer than what is kept, and its end was lost; ${cure}`);
}

function typedName(word: string): string {
  return /^[\w.-]+$/.test(word) ? word : typeable(word);
}
