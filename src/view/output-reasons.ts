import type { Advice, EndingKind, Reason } from '../model/advice.ts';
import type { FormatName } from '../model/format.ts';
import { counted } from '../words/counted.ts';
import { typeable } from '../words/shell-words.ts';
import { visibleInQuotes } from '../words/visible.ts';
import { reason, reasonOf } from './reason.ts';
import type { EndedRun } from './runs.ts';
import type { Situation } from './situation.ts';

const mib = 1024 * 1024;
const shownCharacters = 200; // of a line of stderr
/** Munin's plugins look for it in a folder that only a run in Munin's format names. */
const libraryOfMunin = /plugins\/plugin\.sh\b|\bMunin\/Plugin\.pm\b/;
const lostCure = 'look at the disk of the state directory; its next output is read as usual';

/** What is wrong with the output of a plugin's last run; empty: nothing. Never throws. */
export function outputReasons(situation: Situation): readonly Reason[] {
  const { script, facts, format, commands } = situation;
  const { run } = facts;
  const { file, path, args } = script.plugin;
  if (!run) return [];
  if (run.failure !== null) return [failureReason(run, run.failure, situation)];
  if (run.outputLost !== null && run.samples === 0)
    return [reason('output-lost', `its last output was lost: ${run.outputLost}; ${lostCure}`)];
  const cut = run.droppedBytes > 0 ? [outputCut(run.outputBytes)] : [];
  if (run.badLines > 0) return [...badLineReasons(run, situation), ...cut];
  if (run.looksLike !== null) return [textAlone(run.looksLike), ...cut];
  if (run.samples > 0 || run.takenByHost !== null || run.leftOut !== null) return cut;
  const byHand = format === 'native' && args === undefined ? `${typeable(path)} 0` : commands.run(file);
  if (run.unendedBytes > (run.outputBytes - run.droppedBytes) / 2) {
    const size =
      run.unendedBytes < mib ? counted(run.unendedBytes, 'byte') : `${Math.floor(run.unendedBytes / mib)} MiB`;
    const line = format === 'native' ? 'NAME VALUE line' : 'line';
    const sentence = `its last run printed ${size} without a line end; end each ${line} with \\n`;
    return [reason('no-line-end', `${sentence}; this shows how it begins`, `${byHand} | head -c 200`)];
  }
  if (run.notFinite > 0 || (format !== 'native' && run.outputBytes > 0)) return [noValue(run, format, byHand)];
  const printed = run.outputBytes === 0 ? 'printed nothing' : 'printed only blank lines';
  const seeStderr = run.lastStderr === null ? [] : [commands.status(file)];
  const said =
    run.lastStderr === null ? '' : `; its last line on stderr: ${visibleInQuotes(shortened(run.lastStderr))}`;
  const cure = `${format === 'native' ? 'print NAME VALUE lines, and ' : ''}try it by hand`;
  const sentence = `its last run exited with 0 and ${printed} on stdout${said}; ${cure}`;
  return [reason('empty-output', sentence, byHand, ...seeStderr)];
}

/**
 * Why its last run failed, with what its output looks like, or its last line on stderr, or else how
 * to try it by hand.
 */
function failureReason(
  run: EndedRun,
  failure: Advice<EndingKind>,
  { script, format, section, commands: own }: Situation,
): Reason {
  const { file } = script.plugin;
  const good = format === 'nagios' || format === 'checkmk' ? '0 to 3' : '0';
  const { kind, sentence, commands } = failure;
  if (run.looksLike !== null) {
    const { looksLike } = run;
    return reason(kind, `${sentence}; ${looksLike.sentence}`, ...commands, ...looksLike.commands);
  }
  if (run.ending.kind === 'not-started') return reasonOf(failure);
  if (run.lastStderr !== null) {
    const said = `${sentence}; its last line on stderr: ${visibleInQuotes(shortened(run.lastStderr))}`;
    if (format !== 'munin' && libraryOfMunin.test(run.lastStderr))
      return reason(kind, `${said}; that is a library of Munin: put format = munin under ${section}`);
    const cure = kind === 'exit-status' ? `; correct that, so that it exits with ${good}` : '';
    return reason(kind, `${said}${cure}`, ...commands, own.status(file));
  }
  if (kind !== 'exit-status') return reasonOf(failure);
  const said = `${sentence}; it wrote nothing to stderr: try it by hand, and correct it so that it exits with ${good}`;
  return reason(kind, said, ...commands, own.run(file));
}

/** A run in a format of another system that printed something, and no value that can be sent. */
function noValue({ notFinite }: EndedRun, format: FormatName, byHand: string): Reason {
  const why =
    notFinite > 0
      ? `its last run printed only values that are not finite (${notFinite} of them), which are not sent`
      : 'its last run printed no value that can be sent';
  const when = format === 'munin' ? '; a rate needs two runs' : '';
  return reason('empty-output', `${why}${when}; this shows how each line is read`, byHand);
}

function shortened(line: string): string {
  return line.length > shownCharacters ? `${line.slice(0, shownCharacters)}…` : line;
}

function badLineReasons(run: EndedRun, { format, section, script }: Situation): readonly Reason[] {
  const { badLines, looksLike, firstBadLines, message, checkState } = run;
  const [first] = firstBadLines;
  const leftOut = run.leftOut ? run.leftOut.beyond + run.leftOut.newNames : 0;
  const samples = run.samples + (run.takenByHost?.count ?? 0) + leftOut;
  const isComma = first?.reason === 'decimal-comma' && looksLike === null;
  const kind = isComma ? 'decimal-comma' : samples === 0 ? 'only-bad-lines' : 'some-bad-lines';
  const verb = badLines === 1 ? 'is not a sample' : 'are not samples';
  const what = format === 'nagios' ? 'entries' : 'lines';
  const count = `${badLines} of ${badLines + samples} ${what} ${verb}`;
  if (!first) return [reason(kind, count)];
  if (checkState === 'UNKNOWN' && samples === 1) {
    const where = script.plugin.args === undefined ? 'args' : 'command';
    const says = message == null ? '' : `, and says ${visibleInQuotes(shortened(message))}`;
    const cure = `if it shows how it is called, correct ${where} under ${section}`;
    return [reason(kind, `it reports no more than its state, UNKNOWN${says}; ${cure}; ${count}`)];
  }
  const { sentence, commands } = looksLike ?? { sentence: first.hint, commands: [] };
  const where = `the first is line ${first.line}, ${visibleInQuotes(first.text)}`;
  return [reason(kind, `${count}; ${where}: ${sentence}`, ...commands)];
}

/** The output of a check that gave its state alone, and looks like another format. */
function textAlone({ sentence, commands }: Advice): Reason {
  return reason('some-bad-lines', `it reports no more than its state; ${sentence}`, ...commands);
}

function outputCut(outputBytes: number): Reason {
  const size = `${Math.ceil(outputBytes / mib)}MiB`;
  const cure = `print less, or set max_output = ${size} under [scripts]`;
  return reason('output-cut', `its last output was longer than what is kept, and its end was lost; ${cure}`);
}
