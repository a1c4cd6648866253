import type { BadLine } from '../model/bad-line.ts';
import type { LogLevel } from '../model/config.ts';
import { unreachable } from '../model/result.ts';
import type { Ending } from '../model/run.ts';
import { explanationOf } from '../words/explanation.ts';
import { octal } from '../words/octal.ts';
import { isToldAt } from './repeat.ts';
import type { LoggedEvent } from './run-lines.ts';

/** One line of the log: a short sentence without values, and the facts. Field names are the event's own. */
export type LogLine = {
  readonly level: LogLevel;
  readonly msg: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

/**
 * What the log says of an event. **fatal** we are leaving; **error** samples are being lost, or the key or the directory is refused;
 * **warn** one plugin or connection needs a person; **info** life cycle, and what plugins write to stderr; **debug** each tick, run
 * and batch; **trace** what goes over the wire, the key masked. What lasts is told at its first, 2nd, 4th, 8th … time in a row, and is
 * **debug** between. Never throws.
 */
export function logLine(event: LoggedEvent): LogLine {
  return { level: levelOf(event), msg: sentence(event)[1], fields: facts(event) };
}

/** The level alone, which costs little: most events are not told. Never throws. */
export function levelOf(event: LoggedEvent): LogLevel {
  return isToldAt(timesInARow(event)) ? sentence(event)[0] : 'debug';
}

function timesInARow(event: LoggedEvent): number {
  if ('repeat' in event) return event.repeat;
  return event.event === 'run.skipped' ? event.skips : 1;
}

function sentence(event: LoggedEvent): readonly [LogLevel, string] {
  switch (event.event) {
    case 'run.started': // the two that come most often
      return ['debug', 'a run began'];
    case 'run.finished':
      return ['debug', 'a run ended'];
    case 'daemon.started':
      return ['info', 'the agent started'];
    case 'daemon.stopping':
      return ['info', 'the agent is stopping'];
    case 'daemon.stopped':
      return ['info', 'the agent stopped'];
    case 'config.warned':
      return ['warn', 'the configuration has a problem'];
    case 'config.reloaded':
      return [
        'info',
        event.changed.length > 0 ? 'the configuration was changed and is applied' : 'the configuration was read again',
      ];
    case 'config.refused':
      return ['error', 'the changed configuration is refused; the last good one stays'];
    case 'dashboard.started':
      return ['info', 'the page is served'];
    case 'dashboard.failed':
      return ['warn', 'the page can not be served now, and is tried again'];
    case 'control.failed':
      return ['warn', 'the agent can not be asked for its status'];
    case 'plugins.watched':
      return ['info', 'the plugin directory is watched'];
    case 'plugins.suspended':
      return ['error', 'no plugin runs until the plugin directory is mended'];
    case 'plugins.resumed':
      return ['info', 'the plugin directory is mended and plugins run again'];
    case 'watch.failed':
      return ['warn', 'changes to the plugin directory are seen only at each tick'];
    case 'plugin.added':
      return ['info', 'a plugin was added'];
    case 'plugin.changed':
      return ['info', 'a plugin was changed'];
    case 'plugin.removed':
      return ['info', 'a plugin was removed'];
    case 'plugin.rejected':
      return ['warn', 'a script was rejected and does not run'];
    case 'plugin.collided':
      return ['warn', 'several scripts report under the same name'];
    case 'tick.started':
      return ['debug', 'a tick began'];
    case 'run.failed':
      return ['warn', 'a run failed'];
    case 'run.recovered':
      return ['info', 'a plugin that failed works again'];
    case 'run.bad-lines':
      return ['warn', 'a plugin printed lines that are no samples'];
    case 'run.overflowed':
      return ['warn', 'a plugin printed more than is kept of its output'];
    case 'run.stderr':
      return ['info', 'a plugin wrote to stderr'];
    case 'run.overdue':
      return ['warn', 'a run takes longer than its share and goes on beside the others'];
    case 'run.skipped':
      return [
        'warn',
        event.reason === 'running'
          ? 'a plugin was skipped: its last run goes on'
          : 'a plugin was skipped: its last run still waits',
      ];
    case 'run.survived':
      return ['info', 'a run of the former agent goes on, so its plugin waits'];
    case 'run.survivor-ended':
      return ['info', 'the run of the former agent ended'];
    case 'run.output-lost':
      return ['warn', 'the output of a run could not be kept or read'];
    case 'host.unreadable':
      return ['warn', 'a host metric can not be read'];
    case 'host.recovered':
      return ['info', 'a host metric can be read again'];
    case 'store.failed':
      return ['error', 'samples can not be stored and are held in memory'];
    case 'store.recovered':
      return ['info', 'samples are stored again'];
    case 'store.lost':
      return ['error', 'samples that could not be stored are lost with the agent'];
    case 'store.removed':
      return ['error', 'the state directory is gone'];
    case 'store.set-aside':
      return ['error', 'the database was damaged and set aside; an empty one took its place'];
    case 'history.failed':
      return ['warn', 'the history can not be read or written; samples are delivered all the same'];
    case 'history.recovered':
      return ['info', 'the history is kept again'];
    case 'history.emptied':
      return ['warn', 'the history was damaged and begins anew'];
    case 'spool.overflowed':
      return ['error', 'more samples wait than may; the oldest are lost'];
    case 'spool.relieved':
      return ['info', 'the sink has caught up after samples were lost'];
    case 'spool.unreadable':
      return ['error', 'samples could not be read back from the spool and are lost for the sink'];
    case 'spool.forgotten':
      return ['warn', 'what waited for a sink that is gone from the configuration is given up'];
    case 'sink.added':
      return ['info', 'samples go to a sink'];
    case 'sink.removed':
      return ['info', 'samples go no more to a sink that is gone from the configuration'];
    case 'sink.connected':
      return ['info', 'the sink is connected'];
    case 'sink.lost':
      return ['warn', 'samples can not be delivered and wait'];
    case 'sink.refused':
      return ['error', 'the sink refuses us; samples wait'];
    case 'sink.unconfirmed':
      return ['warn', 'the sink never closes; a batch that was written whole counts as delivered'];
    case 'sink.unverified':
      return ['warn', 'the identity of the sink is not verified'];
    case 'batch.sent':
      return ['debug', 'a batch was delivered'];
    case 'batch.returned':
      return ['debug', 'a batch was not delivered and waits'];
    case 'batch.dropped':
      return ['error', 'the sink will never take these samples; they are lost for it'];
    case 'wire.sent':
      return ['trace', 'sent'];
    case 'wire.received':
      return ['trace', 'received'];
    default:
      return unreachable(event);
  }
}

/** The event's own fields, what is nested laid flat, what is null left out, milliseconds without a fraction. */
function facts(event: LoggedEvent): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(event.event === 'run.finished' ? finishedFacts(event) : event)) {
    if (value !== null) fields[name] = name.endsWith('Ms') && typeof value === 'number' ? Math.round(value) : value;
  }
  if ('ending' in event) Object.assign(fields, endingFacts(event.ending));
  if ('trouble' in event) Object.assign(fields, { trouble: event.trouble.kind, detail: explanationOf(event.trouble) });
  if ('rejection' in event) fields['rejection'] = rejectionFacts(event.rejection);
  if ('advice' in event) {
    delete fields['advice'];
    fields['explanation'] = explanationOf(event.advice);
    fields['commands'] = event.advice.commands;
  }
  if (event.event === 'run.bad-lines') fields['explanation'] = badLineText(event.first);
  if (event.event === 'config.reloaded' && event.changed.length > 0) fields['explanation'] = event.changed.join(', ');
  if (event.event === 'plugin.collided')
    fields['explanation'] = `${event.paths.join(', ')}; rename all but one, or mind that their metrics mix`;
  if ('line' in event) fields['line'] = event.line.replace(/^(\s*authenticate\s).*/gm, '$1***');
  return fields;
}

/** What the line of a run holds; what went wrong has a line of its own. */
function finishedFacts({
  firstBadLines,
  isOutputRead,
  failure,
  droppedBytes,
  outputLost,
  ...shown
}: Extract<LoggedEvent, { event: 'run.finished' }>): Readonly<Record<string, unknown>> {
  return shown;
}

function endingFacts(ending: Ending): Record<string, unknown> {
  const { kind, ...rest } = ending;
  if (ending.kind !== 'not-started') return { ending: kind, ...rest };
  return { ending: kind, code: ending.code, cause: ending.cause, detail: explanationOf(ending) };
}

function rejectionFacts(rejection: { readonly kind: string; readonly mode?: number }): Record<string, unknown> {
  return rejection.mode === undefined ? { ...rejection } : { ...rejection, mode: octal(rejection.mode) };
}

function badLineText(first: readonly BadLine[]): string {
  return first.map((bad) => `line ${bad.line} "${bad.text}": ${bad.hint}`).join('; ');
}
