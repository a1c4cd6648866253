import type { Advice } from '../model/advice.ts';
import type { BadLine } from '../model/bad-line.ts';
import type { LogLevel } from '../model/config.ts';
import type { RunFinishedEvent } from '../model/event.ts';
import type { PluginRejection } from '../model/plugin.ts';
import type { Ending } from '../model/run.ts';
import { counted } from '../words/counted.ts';
import { explanationOf } from '../words/explanation.ts';
import { octal } from '../words/octal.ts';
import { isLoggedAt } from './repeat.ts';
import type { LoggedEvent } from './run-lines.ts';

/**
 * One line of the log: a short sentence without values, and the facts. Field names are the
 * event's own.
 */
export type LogLine = {
  readonly level: LogLevel;
  readonly msg: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

/**
 * What the log says of an event. **fatal** the agent ends; **error** samples are being lost, or
 * the key or the directory is refused; **warn** one plugin or connection needs a person; **info**
 * life cycle, and what plugins write to stderr; **debug** each tick, run and batch; **trace**
 * what goes over the wire, the key masked. What repeats is logged at its first, 2nd, 4th, 8th …
 * time in a row, and is **debug** between. Never throws.
 */
export function logLine(event: LoggedEvent): LogLine {
  return { level: levelOf(event), msg: entryOf(event)[1], fields: factsIn(event) };
}

/** The level alone, which costs little: most events are not logged. Never throws. */
export function levelOf(event: LoggedEvent): LogLevel {
  switch (event.event) {
    case 'wire.sent': // the most frequent ones, which have no other level
    case 'run.started':
    case 'run.finished':
      return entries[event.event][0];
    default:
  }
  if (event.event === 'run.skipped' && event.isOneOfMany) return 'debug';
  return isLoggedAt(timesInARow(event)) ? entryOf(event)[0] : 'debug';
}

function timesInARow(event: LoggedEvent): number {
  if ('repeat' in event) return event.repeat;
  return event.event === 'run.skipped' ? event.skips : 1;
}

function entryOf(event: LoggedEvent): LogEntry {
  if (event.event === 'config.reloaded' && event.changed.length === 0)
    return ['info', 'the configuration was read again'];
  if (event.event === 'run.skipped' && event.reason === 'waiting')
    return ['warn', 'a plugin was skipped: its last run still waits for a slot'];
  if (event.event === 'run.skipped' && event.reason === 'left-behind')
    return ['warn', 'a plugin was skipped: its runs left too many processes behind'];
  if (event.event === 'plugin.rejected' && isNoScript(event.rejection))
    return ['info', 'a file in the plugin directory is evidently not a script'];
  if ('directory' in event) return entriesOfDirectories[event.event];
  return entries[event.event];
}

function isNoScript(rejection: PluginRejection): boolean {
  return rejection.kind === 'not-a-script' || (rejection.kind === 'not-executable' && !rejection.isScript);
}

type BadLinesEvent = Extract<LoggedEvent, { event: 'run.bad-lines' }>;

type LogEntry = readonly [LogLevel, string];

/** Of a `[directory:NAME]`. */
const entriesOfDirectories = {
  'plugins.watched': ['info', 'a directory of plugins is watched'],
  'plugins.suspended': ['error', 'no plugin of a directory runs until the directory is corrected'],
  'plugins.resumed': ['info', 'a directory is as it should be; its plugins run again'],
  'watch.failed': ['warn', 'changes to a directory of plugins are seen only at each tick'],
} as const;

const entries: Readonly<Record<LoggedEvent['event'], LogEntry>> = {
  'daemon.started': ['info', 'the agent started'],
  'daemon.stopping': ['info', 'the agent is stopping'],
  'daemon.stopped': ['info', 'the agent stopped'],
  'config.warned': ['warn', 'the configuration has a problem'],
  'config.reloaded': ['info', 'the configuration was changed and is applied'],
  'config.refused': ['error', 'the changed configuration is refused; the last good one stays'],
  'dashboard.started': ['info', 'the page is served'],
  'dashboard.failed': ['warn', 'the page can not be served now; the agent tries again each minute'],
  'dashboard.wall-failed': ['warn', 'the wall can not be served now; the agent tries again each minute'],
  'control.failed': ['warn', 'the agent can not be asked for its status'],
  'plugins.watched': ['info', 'the plugin directory is watched'],
  'plugins.suspended': ['error', 'no plugin runs until the plugin directory is corrected'],
  'plugins.resumed': ['info', 'the plugin directory is as it should be; plugins run again'],
  'plugins.exposed': ['warn', 'members of a group can replace what the agent runs'],
  'watch.failed': ['warn', 'changes to the plugin directory are seen only at each tick'],
  'plugin.added': ['info', 'a plugin was added'],
  'plugin.changed': ['info', 'a plugin was changed'],
  'plugin.removed': ['info', 'a plugin was removed'],
  'plugin.rejected': ['warn', 'a script was rejected and does not run'],
  'plugin.collided': ['warn', 'several scripts report under the same name'],
  'tick.started': ['debug', 'a tick began'],
  'run.started': ['debug', 'a run began'],
  'run.finished': ['debug', 'a run ended'],
  'run.failed': ['warn', 'a run failed'],
  'run.recovered': ['info', 'a plugin that failed works again'],
  'run.bad-lines': ['warn', 'a plugin printed lines that are not samples'],
  'run.collided': ['warn', 'metrics of a plugin have names of host metrics and are not sent'],
  'run.overflowed': ['warn', 'a plugin printed more than is kept of its output'],
  'run.too-many-samples': ['warn', 'a run gave more samples than max_samples; the rest is not sent'],
  'run.too-many-names': ['warn', 'a plugin has more metric names than max_names; new ones are not sent'],
  'run.stderr': ['info', 'a plugin wrote to stderr'],
  'run.stderr-limited': ['warn', 'a plugin wrote more to stderr than max_stderr; the rest of the hour is counted'],
  'run.stderr-unlogged': ['info', 'what a plugin wrote to stderr beyond max_stderr'],
  'run.config-failed': ['warn', 'a Munin plugin could not be asked what its fields are'],
  'run.overdue': ['debug', 'a run takes longer than overdue_after; it gave its slot back and continues'],
  'run.hung': ['warn', 'a run is hung; its plugin is skipped until it ends'],
  'run.skipped': ['warn', 'a plugin was skipped: its last run is still running'],
  'tick.skipped': ['warn', 'many plugins were skipped at one tick'],
  'agent.overloaded': ['warn', 'there is more to run than fits into the interval; plugins run late'],
  'agent.relieved': ['info', 'no plugin waits over a tick any more'],
  'run.left-process': ['warn', 'runs of a plugin left processes behind that still hold its output'],
  'run.left-nothing': ['info', 'no process that a run left behind holds the output of a plugin any more'],
  'descriptors.short': ['warn', 'runs wait: no file descriptors are left for them'],
  'descriptors.enough': ['info', 'there are file descriptors for all runs again'],
  'plugins.unmeasured': ['warn', 'there are more plugins than have metrics: those in trouble come first'],
  'run.survived': ['info', 'a run of the former agent is still running; its plugin is skipped until it ends'],
  'run.survivor-ended': ['info', 'the run of the former agent ended'],
  'run.output-lost': ['warn', 'the output of a run could not be kept or read'],
  'host.unreadable': ['warn', 'a host metric can not be read'],
  'host.recovered': ['info', 'a host metric can be read again'],
  'host.renamed': ['warn', 'the host has another name, with which metrics begin from now on'],
  'store.found': ['info', 'what the start found'],
  'store.failed': ['error', 'samples can not be stored and are held in memory'],
  'store.recovered': ['info', 'samples are stored again'],
  'store.lost': ['error', 'samples that could not be stored are lost, because the agent ends'],
  'store.removed': ['error', 'the database was removed or replaced'],
  'store.moved': ['warn', 'a new database took the place of the removed one, with all samples that wait'],
  'store.emptied': ['error', 'the database is empty, though an agent had kept something with it'],
  'notify.failed': ['warn', 'the service manager does not get the messages that it waits for'],
  'libc.missing': ['info', 'the C library can not be called; the agent works without it'],
  'files.remade': ['warn', 'files of the agent were gone; it has made them again'],
  'files.missing': ['error', 'a file of the agent is gone and can not be made again; it tries at each tick'],
  'store.set-aside': ['error', 'the database is damaged and set aside; what can be read goes to a new one'],
  'store.salvaged': ['warn', 'what could be read of the damaged database is in the new one'],
  'history.failed': ['warn', 'the history can not be read or written; samples are delivered all the same'],
  'history.recovered': ['info', 'the history is kept again'],
  'history.emptied': ['warn', 'the history was damaged; it starts again, empty'],
  'spool.overflowed': ['error', 'more samples wait than the bound allows; the oldest are lost'],
  'spool.relieved': ['info', 'the sink has caught up after samples were lost'],
  'spool.unreadable': ['error', 'samples could not be read back from the spool and are lost for the sink'],
  'spool.forgotten': ['warn', 'samples that waited for a sink that is gone from the configuration are given up'],
  'sink.added': ['info', 'samples go to a sink'],
  'sink.removed': ['info', 'samples do not go any more to a sink that is gone from the configuration'],
  'sink.connected': ['info', 'the sink is connected'],
  'sink.lost': ['warn', 'samples can not be delivered and wait'],
  'sink.refused': ['error', 'the sink refuses the agent; samples are kept'],
  'sink.unconfirmed': ['warn', 'the sink never closes; a batch that was written whole counts as delivered'],
  'sink.unverified': ['warn', 'the identity of the sink is not verified'],
  'sink.uncompressed': ['warn', 'the sink does not accept gzip; requests to it are not compressed any more'],
  'batch.sent': ['debug', 'a batch was delivered'],
  'batch.returned': ['debug', 'a batch was not delivered and waits'],
  'batch.dropped': ['error', 'the sink will never take these samples; they are lost for it'],
  'wire.sent': ['trace', 'sent'],
  'wire.received': ['trace', 'received'],
};

/**
 * The event's own fields: endings, troubles and advice laid flat, null left out, milliseconds
 * without a fraction.
 */
function factsIn(event: LoggedEvent): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(event.event === 'run.finished' ? finishedFacts(event) : event)) {
    if (value !== null) fields[name] = name.endsWith('Ms') && typeof value === 'number' ? Math.round(value) : value;
  }
  if ('ending' in event) {
    const failure = event.event === 'run.finished' ? event.failure : event.advice;
    Object.assign(fields, endingFacts(event.ending, failure));
  }
  if ('trouble' in event) {
    const { kind, commands } = event.trouble;
    Object.assign(fields, { trouble: kind, detail: explanationOf(event.trouble), commands });
  }
  if ('rejection' in event) fields['rejection'] = rejectionFacts(event.rejection);
  if ('advice' in event) {
    delete fields['advice'];
    fields['explanation'] = explanationOf(event.advice);
    fields['commands'] = event.advice.commands;
  }
  if (event.event === 'run.bad-lines') {
    fields['explanation'] = badLinesText(event);
    if (event.looksLike !== null) Object.assign(fields, { looksLike: event.looksLike.kind });
  }
  if (event.event === 'run.stderr-unlogged')
    fields['explanation'] = `… ${counted(event.lines, 'more line')}, ${event.bytes} bytes in the last hour`;
  if (event.event === 'run.collided') {
    const cure = 'rename the script, or set host_metrics = false under [agent]';
    fields['explanation'] = `${event.names.join(', ')}: the host's are sent; ${cure}`;
  }
  if (event.event === 'config.reloaded' && event.changed.length > 0) fields['explanation'] = event.changed.join(', ');
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
  looksLike,
  unendedBytes,
  notFinite,
  takenByHost,
  leftOut,
  ...shown
}: RunFinishedEvent): Readonly<Record<string, unknown>> {
  return shown;
}

/** The ending in flat words. Of a script that did not start, `detail` says why, on one line. */
function endingFacts(ending: Ending, failure: Advice | null): Record<string, unknown> {
  const { kind, ...rest } = ending;
  const detail = kind === 'not-started' && failure !== null ? { detail: explanationOf(failure) } : {};
  return { ending: kind, ...rest, ...detail };
}

function rejectionFacts(rejection: { readonly kind: string; readonly mode?: number }): Record<string, unknown> {
  return rejection.mode === undefined ? { ...rejection } : { ...rejection, mode: octal(rejection.mode) };
}

/** If the output looks like another format, that is said once, in place of a hint on each line. */
function badLinesText({ count, first, looksLike }: BadLinesEvent): string {
  const hint = (bad: BadLine) => (looksLike === null ? `: ${bad.hint}` : '');
  const lines = first.map((bad) => `line ${bad.line} "${bad.text}"${hint(bad)}`);
  const more = count > first.length ? [`and ${counted(count - first.length, 'more bad line')}`] : [];
  return [...(looksLike === null ? [] : [explanationOf(looksLike)]), ...lines, ...more].join('; ');
}
