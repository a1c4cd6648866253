import { describe, expect, test } from 'vitest';
import { levelOf, logLine } from '../../src/log/catalogue.ts';
import type { LoggedEvent } from '../../src/log/run-lines.ts';
import { pluginFile } from '../../src/model/plugin.ts';
import { refused, wrongMode } from '../helpers/refused.ts';

const plugin = pluginFile('disk.sh');
const once = { repeat: 1, elapsedMs: 0 };
const trouble = { kind: 'lost', commands: [], sentence: 'collector.example:8001 refused the connection' } as const;
const exited = { kind: 'exited', status: 3 } as const;
const bad = { line: 3, text: 'free 1,5', reason: 'decimal-comma', hint: 'write 1.5, or run with LC_ALL=C' } as const;
const advice = (sentence: string, ...commands: readonly string[]) => ({ kind: 'x', sentence, commands });

/** One of each: an event without an example does not compile. */
const examples: Readonly<Record<LoggedEvent['event'], LoggedEvent>> = {
  'daemon.started': {
    event: 'daemon.started',
    version: '2.0.0',
    hostname: 'web1',
    pid: 1,
    intervalS: 30,
    stateDir: '/s',
  },
  'daemon.stopping': { event: 'daemon.stopping', signal: 'SIGTERM', runsInFlight: 1 },
  'daemon.stopped': { event: 'daemon.stopped', runsLeft: 0, samplesLeft: 0 },
  'config.warned': { event: 'config.warned', problem: '/etc/instrument_server.ini can be read by others' },
  'config.reloaded': { event: 'config.reloaded', changed: ['[agent] hostname', '[sink:influx]'] },
  'config.refused': { event: 'config.refused', problems: ['/etc/x.ini:2: hostnam: there is no such key'] },
  'dashboard.started': { event: 'dashboard.started', url: 'http://127.0.0.1:8642/?token=x' },
  'dashboard.failed': { event: 'dashboard.failed', detail: '127.0.0.1:8642 is in use', ...once },
  'dashboard.wall-failed': {
    event: 'dashboard.wall-failed',
    detail: 'the token in /s/dashboard-wall-token can not be read',
    ...once,
  },
  'control.failed': { event: 'control.failed', detail: '/s/control.sock can not be listened on (EACCES)' },
  'plugins.watched': { event: 'plugins.watched', path: '/p', plugins: 3 },
  'plugins.suspended': {
    event: 'plugins.suspended',
    rejection: { kind: 'missing', path: '/p' },
    advice: advice('/p is missing', "mkdir '/p'"),
  },
  'plugins.resumed': { event: 'plugins.resumed', path: '/p' },
  'plugins.exposed': {
    event: 'plugins.exposed',
    path: '/p',
    advice: advice('a group can write /', "chmod g-w '/'"),
  },
  'watch.failed': { event: 'watch.failed', path: '/p', detail: 'ENOSPC' },
  'plugin.added': { event: 'plugin.added', plugin },
  'plugin.changed': { event: 'plugin.changed', plugin },
  'plugin.removed': { event: 'plugin.removed', plugin },
  'plugin.rejected': {
    event: 'plugin.rejected',
    plugin,
    rejection: wrongMode('/p/disk.sh', 0o755),
    advice: advice('disk.sh has mode 0755', 'chmod 0700 /p/disk.sh'),
  },
  'plugin.collided': {
    event: 'plugin.collided',
    name: 'disk',
    paths: ['/p/disk.sh', '/p/disk.rb'],
    advice: advice('two scripts report under the same name disk', "mv -n '/p/disk.rb' '/p/disk_rb.rb'"),
  },
  'tick.started': { event: 'tick.started', atS: 60, plugins: 2, due: 1 },
  'run.started': { event: 'run.started', plugin },
  'run.config-failed': {
    event: 'run.config-failed',
    plugin,
    advice: advice('run with the argument config, it exited with status 1'),
  },
  'run.finished': {
    event: 'run.finished',
    plugin,
    pid: 7,
    ending: exited,
    failure: { kind: 'exit-status', sentence: 'it exited with status 3', commands: [] },
    durationMs: 4,
    cpuS: 0.002,
    peakMemoryBytes: 300_000_000,
    isOutputRead: false,
    samples: 2,
    badLines: 1,
    firstBadLines: [bad],
    looksLike: null,
    unendedBytes: 0,
    notFinite: 0,
    message: null,
    checkState: null,
    takenByHost: null,
    leftOut: null,
    outputBytes: 20,
    droppedBytes: 6,
    outputLost: 'ENOSPC',
  },
  'run.failed': {
    event: 'run.failed',
    plugin,
    pid: 7,
    ending: exited,
    advice: advice('it exited with status 3'),
    ...once,
  },
  'run.recovered': { event: 'run.recovered', plugin, failures: 4, elapsedMs: 120_000 },
  'run.bad-lines': {
    event: 'run.bad-lines',
    plugin,
    count: 9,
    first: [bad, { ...bad, line: 4 }],
    looksLike: null,
    ...once,
  },
  'run.collided': { event: 'run.collided', plugin, count: 3, names: ['web1.cpu.user', 'web1.cpu.idle'] },
  'run.overflowed': { event: 'run.overflowed', plugin, keptBytes: 16, droppedBytes: 5, ...once },
  'run.too-many-samples': { event: 'run.too-many-samples', plugin, samples: 3, maxSamples: 5, ...once },
  'run.too-many-names': {
    event: 'run.too-many-names',
    plugin,
    samples: 3,
    firstNewName: 'web1.x.a',
    maxNames: 5,
    ...once,
  },
  'run.stderr-limited': { event: 'run.stderr-limited', plugin, mostBytes: 1024, ...once },
  'run.stderr-unlogged': { event: 'run.stderr-unlogged', plugin, lines: 3, bytes: 90, elapsedMs: 3_600_000 },
  'run.stderr': { event: 'run.stderr', plugin, pid: 7, text: 'no such disk' },
  'run.overdue': { event: 'run.overdue', plugin, pid: 7, elapsedMs: 5000 },
  'run.hung': { event: 'run.hung', plugin, pid: 7, elapsedMs: 61_000, advice: advice('it still runs') },
  'run.skipped': {
    event: 'run.skipped',
    plugin,
    reason: 'running',
    pid: 7,
    elapsedMs: 30_000,
    skips: 1,
    isPassedOver: false,
    isOneOfMany: false,
  },
  'tick.skipped': {
    event: 'tick.skipped',
    plugins: 9,
    waiting: 8,
    running: 1,
    longestMs: 30_000,
    examples: [plugin],
    ...once,
  },
  'agent.overloaded': {
    event: 'agent.overloaded',
    waiting: 640,
    plugins: 3000,
    longestWaitMs: 104_000,
    slots: 4,
    cpuBusyPercent: 99,
    advice: { kind: 'overloaded', sentence: 'plugins wait for a slot', commands: [] },
    ...once,
  },
  'agent.relieved': { event: 'agent.relieved', elapsedMs: 240_000 },
  'run.left-process': {
    event: 'run.left-process',
    plugin,
    processes: 2,
    pids: [8, 9],
    advice: advice('2 processes that its runs left behind still hold its output', 'ps -o pid,etime,args -p 8,9'),
    ...once,
  },
  'run.left-nothing': { event: 'run.left-nothing', plugin, elapsedMs: 9 },
  'descriptors.short': {
    event: 'descriptors.short',
    limit: 128,
    runs: 20,
    waiting: 3,
    advice: advice('no file descriptors are left for more runs'),
    ...once,
  },
  'descriptors.enough': { event: 'descriptors.enough', elapsedMs: 9 },
  'plugins.unmeasured': { event: 'plugins.unmeasured', leftOut: 5, mostPlugins: 1000 },
  'run.survived': { event: 'run.survived', plugin, pid: 7 },
  'run.survivor-ended': { event: 'run.survivor-ended', plugin, pid: 7 },
  'run.output-lost': { event: 'run.output-lost', plugin, detail: 'ENOSPC', ...once },
  'host.renamed': { event: 'host.renamed', from: 'web1', to: 'web2' },
  'host.unreadable': { event: 'host.unreadable', source: '/proc/stat', detail: 'EACCES' },
  'host.recovered': { event: 'host.recovered', source: '/proc/stat' },
  'store.found': {
    event: 'store.found',
    formerLife: 'killed',
    database: 'as-left',
    lastCommitAtS: 1_700_000_000,
    waiting: [{ sink: 'instrumental', samples: 3, oldestAtS: 1_699_999_000, newestAtS: 1_700_000_000 }],
    outputs: 2,
    survivors: 1,
    explanation: 'the former agent was killed or crashed',
  },
  'store.failed': { event: 'store.failed', detail: 'database or disk is full' },
  'store.recovered': { event: 'store.recovered' },
  'store.lost': { event: 'store.lost', samples: 3 },
  'store.moved': { event: 'store.moved', samples: 3, outputs: 2 },
  'libc.missing': { event: 'libc.missing', detail: 'the package koffi is missing' },
  'notify.failed': { event: 'notify.failed', detail: '/run/systemd/notify: ENOENT' },
  'files.remade': { event: 'files.remade', files: ['the pid file', 'the control socket'] },
  'files.missing': { event: 'files.missing', file: 'the pid file', detail: 'EACCES' },
  'store.emptied': { event: 'store.emptied', path: '/s', advice: advice('the database is empty') },
  'store.removed': { event: 'store.removed', path: '/s', advice: advice('/s was removed') },
  'history.failed': { event: 'history.failed', detail: 'database disk image is malformed' },
  'history.recovered': { event: 'history.recovered' },
  'history.emptied': { event: 'history.emptied', detail: 'database disk image is malformed' },
  'store.set-aside': {
    event: 'store.set-aside',
    path: '/s/instrument_server.db.damaged-1',
    samples: 9,
    detail: 'file is not a database',
  },
  'store.salvaged': { event: 'store.salvaged', path: '/s/instrument_server.db.damaged', samples: 9, lost: 1 },
  'spool.overflowed': {
    event: 'spool.overflowed',
    sink: 'influx',
    bound: 'max_size',
    samples: 9,
    oldestAtS: 60,
    newestAtS: 90,
    ...once,
  },
  'spool.unreadable': { event: 'spool.unreadable', sink: 'influx', samples: 9 },
  'spool.forgotten': { event: 'spool.forgotten', sink: 'influx', samples: 9, elapsedMs: 604_800_000 },
  'spool.relieved': { event: 'spool.relieved', sink: 'influx', samples: 9, elapsedMs: 60_000 },
  'sink.added': { event: 'sink.added', sink: 'graphite', address: 'g.example:2003' },
  'sink.removed': { event: 'sink.removed', sink: 'graphite' },
  'sink.connected': { event: 'sink.connected', sink: 'instrumental' },
  'sink.lost': { event: 'sink.lost', sink: 'instrumental', trouble, retryInMs: 900, ...once },
  'sink.refused': {
    event: 'sink.refused',
    sink: 'instrumental',
    trouble: { ...trouble, kind: 'refused' },
    retryInMs: 30_000,
    ...once,
  },
  'sink.unconfirmed': { event: 'sink.unconfirmed', sink: 'instrumental' },
  'sink.uncompressed': { event: 'sink.uncompressed', sink: 'influx', detail: 'it answered 415' },
  'sink.unverified': { event: 'sink.unverified', sink: 'instrumental', detail: 'tls_verify is false' },
  'batch.sent': { event: 'batch.sent', sink: 'instrumental', samples: 5, durationMs: 80 },
  'batch.returned': { event: 'batch.returned', sink: 'instrumental', samples: 5, trouble, mayHaveArrived: false },
  'batch.dropped': { event: 'batch.dropped', sink: 'influx', samples: 5, detail: 'influx:8086 answered 400', ...once },
  'wire.sent': { event: 'wire.sent', sink: 'instrumental', line: 'authenticate 0123456789abcdef' },
  'wire.received': { event: 'wire.received', sink: 'instrumental', line: 'ok' },
};

const at = (level: string) => Object.values(examples).filter((event) => logLine(event).level === level);

describe('the level of an event', () => {
  test.each([
    [
      'error',
      'samples are in danger, or the key or the directory is refused',
      'batch.dropped config.refused files.missing plugins.suspended sink.refused spool.overflowed spool.unreadable store.emptied store.failed store.lost store.removed store.set-aside',
    ],
    [
      'warn',
      'one plugin or connection needs a person',
      'agent.overloaded config.warned control.failed dashboard.failed dashboard.wall-failed descriptors.short files.remade history.emptied history.failed host.renamed host.unreadable notify.failed plugin.collided plugin.rejected plugins.exposed plugins.unmeasured run.bad-lines run.collided run.config-failed run.failed run.hung run.left-process run.output-lost run.overflowed run.skipped run.stderr-limited run.too-many-names run.too-many-samples sink.lost sink.uncompressed sink.unconfirmed sink.unverified spool.forgotten store.moved store.salvaged tick.skipped watch.failed',
    ],
    [
      'debug',
      'it comes with every tick, run or batch',
      'batch.returned batch.sent run.finished run.overdue run.started tick.started',
    ],
    ['trace', 'it is a line on the wire', 'wire.received wire.sent'],
    ['fatal', 'we are leaving, which no event says', ''],
  ])('is %s where %s', (level, _why, events) => {
    expect(
      at(level)
        .map((event) => event.event)
        .sort()
        .join(' '),
    ).toBe(events);
  });
});

describe('trouble that lasts', () => {
  const lasting = Object.values(examples).filter((event) => 'repeat' in event || 'skips' in event);
  const names = lasting.map(({ event }) => event).sort();

  test('is told each time, and has its count', () => {
    expect(names.join(' ')).toBe(
      'agent.overloaded batch.dropped dashboard.failed dashboard.wall-failed descriptors.short run.bad-lines run.failed run.left-process run.output-lost run.overflowed run.skipped run.stderr-limited run.too-many-names run.too-many-samples sink.lost sink.refused spool.overflowed tick.skipped',
    );
  });

  test.each(lasting)(
    '$event: has its level at the first, 2nd, 4th and 8th time in a row, and is debug between',
    (event) => {
      const { level } = logLine(event);
      const levels = Array.from({ length: 17 }, (_, index) => {
        const times = index + 1;
        return logLine(event.event === 'run.skipped' ? { ...event, skips: times } : { ...event, repeat: times }).level;
      });
      const told = levels.flatMap((one, index) => (one === level ? [index + 1] : []));
      expect(told).toEqual([1, 2, 4, 8, 16]);
      expect(levels.filter((one) => one === 'debug')).toHaveLength(12);
    },
  );
});

describe('the sentence of an event', () => {
  test.each(Object.values(examples))('$event: is short and holds no value', (event) => {
    const { msg } = logLine(event);
    expect(msg.length).toBeLessThan(80);
    expect(msg).not.toMatch(/[0-9]|disk|instrumental|\/p/);
  });

  test('tells a run that goes on from one that still waits for its turn', () => {
    const skipped = {
      event: 'run.skipped',
      plugin,
      pid: null,
      elapsedMs: 1,
      skips: 1,
      isPassedOver: false,
      isOneOfMany: false,
    } as const;
    const reasons = ['running', 'waiting', 'left-behind'] as const;
    expect(new Set(reasons.map((reason) => logLine({ ...skipped, reason }).msg)).size).toBe(3);
    expect(logLine({ ...skipped, reason: 'running', isOneOfMany: true }).level).toBe('debug');
  });

  test('tells a changed configuration from one that was only read again', () => {
    const reloaded = { event: 'config.reloaded', changed: [] } as const;
    expect(logLine(reloaded).msg).not.toBe(logLine(examples['config.reloaded']).msg);
    expect(logLine(reloaded).fields).toEqual(reloaded);
  });

  test('an event from nowhere is a fault of ours', () => {
    const stray: LoggedEvent = JSON.parse('{"event":"tea.ready"}');
    expect(() => logLine(stray)).toThrow();
  });
});

describe('the fields of an event', () => {
  const fields = (name: LoggedEvent['event']) => logLine(examples[name]).fields;

  test.each(Object.values(examples))('$event: carries its name, and no value is lost but null', (event) => {
    const told = JSON.stringify(logLine(event).fields);
    expect(logLine(event).fields['event']).toBe(event.event);
    if (event.event === 'wire.sent' || event.event === 'run.finished') return; // the next tests have these
    for (const [name, value] of Object.entries(event)) {
      if (typeof value !== 'object' && value !== null)
        expect(told).toContain(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
    }
  });

  test('never hold the key, whatever way it is written on the wire', () => {
    const sent = (line: string) => logLine({ event: 'wire.sent', sink: 's', line }).fields['line'];
    expect(sent('authenticate 0123456789abcdef')).toBe('authenticate ***');
    expect(sent('hello version x\nauthenticate s3cret\n')).toBe('hello version x\nauthenticate ***\n');
    expect(sent('gauge web1.authenticate 1 60 1')).toBe('gauge web1.authenticate 1 60 1');
  });

  test('of a run that ended are its facts; what went wrong with it has a line of its own', () => {
    expect(fields('run.finished')).toEqual({
      event: 'run.finished',
      plugin: 'disk.sh',
      pid: 7,
      ending: 'exited',
      status: 3,
      durationMs: 4,
      cpuS: 0.002,
      peakMemoryBytes: 300_000_000,
      samples: 2,
      badLines: 1,
      outputBytes: 20,
    });
  });

  test('say what to do in one sentence, and the commands beside it as a list', () => {
    expect(fields('plugin.rejected')).toMatchObject({
      explanation: 'disk.sh has mode 0755; chmod 0700 /p/disk.sh',
      commands: ['chmod 0700 /p/disk.sh'],
    });
  });

  test('say how a run ended in flat words', () => {
    expect(fields('run.failed')).toMatchObject({ plugin: 'disk.sh', pid: 7, ending: 'exited', status: 3 });
    const killed = { kind: 'signaled', signal: 'SIGKILL', status: 137 } as const;
    expect(
      logLine({ event: 'run.failed', plugin, pid: null, ending: killed, advice: advice('x', 'a', 'b'), ...once })
        .fields,
    ).toEqual({
      event: 'run.failed',
      plugin: 'disk.sh',
      ending: 'signaled',
      signal: 'SIGKILL',
      status: 137,
      explanation: 'x; a; b',
      commands: ['a', 'b'],
      repeat: 1,
      elapsedMs: 0,
    });
  });

  test('are of level info where a file is evidently not a script', () => {
    const rejection = { ...refused('/p/README', { mode: 0o644 }), kind: 'not-a-script', hiddenPath: '/p/.R' } as const;
    const event = { event: 'plugin.rejected', plugin, rejection, advice: advice('not a script') } as const;
    expect([levelOf(event), logLine(event).msg]).toEqual([
      'info',
      'a file in the plugin directory is evidently not a script',
    ]);
  });

  test('are of level info where a file of another system is evidently not a script, and only there', () => {
    const rejection = { kind: 'not-executable', path: '/m/README', file: '/m/README', isOwn: false } as const;
    const levelIf = (isScript: boolean) =>
      levelOf({
        event: 'plugin.rejected',
        plugin,
        rejection: { ...rejection, isScript },
        advice: advice('not executable'),
      });
    expect([levelIf(false), levelIf(true)]).toEqual(['info', 'warn']);
  });

  test('say of another directory which one it is', () => {
    const { level, msg, fields: shown } = logLine({ event: 'plugins.resumed', path: '/m', directory: 'munin' });
    expect([level, msg, shown['directory']]).toEqual([
      'info',
      'a directory is as it should be; its plugins run again',
      'munin',
    ]);
  });

  test('show a mode as chmod takes it', () => {
    expect(fields('plugin.rejected')['rejection']).toEqual({
      ...wrongMode('/p/disk.sh', 0o755),
      mode: '0755',
    });
    expect(fields('plugins.suspended')['rejection']).toEqual({ kind: 'missing', path: '/p' });
  });

  test('say what the trouble with a sink is', () => {
    expect(fields('sink.lost')).toMatchObject({ trouble: 'lost', detail: trouble.sentence, retryInMs: 900 });
  });

  test('give milliseconds without a fraction', () => {
    expect(logLine({ event: 'run.overdue', plugin, pid: 7, elapsedMs: 1504.14 }).fields['elapsedMs']).toBe(1504);
  });

  test('explain each of the bad lines at hand', () => {
    expect(fields('run.bad-lines')['explanation']).toBe(
      'line 3 "free 1,5": write 1.5, or run with LC_ALL=C; line 4 "free 1,5": write 1.5, or run with LC_ALL=C; and 7 more bad lines',
    );
  });

  test('say once what the bad lines look like, in place of a hint on each', () => {
    const looksLike = { kind: 'nagios', sentence: 'this looks like x', commands: ['wrap it'] } as const;
    const event = { event: 'run.bad-lines', plugin, count: 2, first: [bad, bad], looksLike, ...once } as const;
    expect(logLine(event).fields).toMatchObject({
      looksLike: 'nagios',
      explanation: 'this looks like x; wrap it; line 3 "free 1,5"; line 3 "free 1,5"',
    });
  });

  test('name the metrics that the host has', () => {
    expect(fields('run.collided')['explanation']).toBe(
      "web1.cpu.user, web1.cpu.idle: the host's are sent; rename the script, or set host_metrics = false under [agent]",
    );
  });

  test('name all that was changed', () => {
    expect(fields('config.reloaded')['explanation']).toBe('[agent] hostname, [sink:influx]');
  });

  test('name all the scripts that collide', () => {
    expect(fields('plugin.collided')).toMatchObject({
      paths: ['/p/disk.sh', '/p/disk.rb'],
      explanation: "two scripts report under the same name disk; mv -n '/p/disk.rb' '/p/disk_rb.rb'",
      commands: ["mv -n '/p/disk.rb' '/p/disk_rb.rb'"],
    });
  });
});
