import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderPlugins, renderStatus } from '../../src/cli/render.ts';
import type { RunUsage } from '../../src/model/run.ts';
import type { PluginAnswer, PluginDetail, Status } from '../../src/model/status.ts';
import { reason } from '../../src/view/reason.ts';
import { afterRun, sampleFound, samplePlugin, sampleStatus } from '../view/sample.ts';
import { noonS, running, sink } from '../view/set-up.ts';

const plain = { colours: false };
const text = (change: Partial<Status> = {}) => renderStatus(sampleStatus(change), plain);
const linesOf = (change: Partial<Status> = {}) => text(change).split('\n');
const selected = (...plugins: readonly PluginDetail[]): PluginAnswer => ({ plugins, missing: null, advice: null });
const detail = (change: Partial<PluginDetail>) =>
  renderPlugins(selected(samplePlugin('x.sh', change)), 'web1', noonS, plain);

test('what a tired person reads: the agent, the plugins with the worst first and what to type, the sinks', () => {
  expect(text()).toBe(`instrument_server 2.0.0 on web1: up 3d 4h (pid 812), a tick every 30s, last tick 12s ago

plugins: 3 of 8 report (/scripts)
  raid.sh       rejected   no run yet
      raid.sh has mode 0755: group and others can read and run it; chmod 0700 '/scripts/raid.sh'
  backup.sh     hung       running for 2m, ran 1h 2m ago, exit 0, 51s, 2 samples
      still running since 11:58:00 (pid 47); its last runs took 48 to 52 s; the agent never ends it; the first command shows what it waits for, the second one ends it; ps -o pid,etime,wchan,args -p 47; kill 47
      4 ticks in a row were skipped: its last run is still running; it runs again once that has ended
  mysql_status  failing    ran 12s ago, exit 3, 12 ms, 0 samples
      it exited with status 3, so its output was not sent; its last line on stderr: "mysql: connection refused"; correct that, so that it exits with 0; instrument_server status mysql_status
  some          in part    ran 12s ago, exit 0, 12 ms, 2 samples, 1 bad line
      1 of 3 lines is not a sample; the first is line 2, "b x": a number was expected
  off           disabled   ran 12s ago, exit 0, 12 ms, 2 samples
      it is switched off by enabled = false under [plugin:off]; set enabled = true there, or remove the line
  new.rb        pending    no run yet, next in 18s
  mail.sh       ok         ran 12s ago, exit 0, 12 ms, 2 samples
  users.py      ok         ran 12s ago, exit 0, 12 ms, 2 samples

sinks:
  instrumental  connected  collector.example:8001: 0 samples waiting, 18230 sent
  otlp          refused    https://otlp.example/v1/metrics: 120 samples waiting, the oldest of 3m 20s ago, 0 sent
      for 3m 12s: https://otlp.example/v1/metrics answered 401; correct headers under [sink:otlp]
`);
});

test('a file that is evidently not a script is listed, and is not one of the plugins that are counted', () => {
  const reasons = [reason('not-a-script', 'README is not a script', 'mv -n README .README')];
  const file = samplePlugin('README', { state: 'not-a-script', reasons, lastRun: null, nextDueAtS: null });
  expect(linesOf({ plugins: [file, samplePlugin('mail.sh')] }).slice(2, 5)).toEqual([
    'plugins: 1 of 1 report (/scripts)',
    '  README   not-a-script  never runs',
    '      README is not a script; mv -n README .README',
  ]);
});

describe('a plugin whose trouble is muted', () => {
  const reasons = [reason('exit-status', 'it exited with status 3; try it by hand')];
  const failing = { state: 'failing', reasons, ...afterRun({ status: 3, samples: 0 }) } as const;
  const muted = { untilS: new Date(2027, 1, 1).getTime() / 1000 };
  const listed = (...plugins: readonly PluginDetail[]) => linesOf({ plugins }).slice(2, plugins.length + 3);

  test('stands among those without trouble, and says until when', () => {
    const plugins = [samplePlugin('a.sh', { ...failing, muted }), samplePlugin('b.sh')];
    expect(listed(...plugins)).toEqual([
      'plugins: 1 of 2 report, 1 muted (/scripts)',
      '  a.sh  failing    muted until 2027-01-31, ran 12s ago, exit 3, 12 ms, 0 samples',
      '  b.sh  ok         ran 12s ago, exit 0, 12 ms, 2 samples',
    ]);
    const painted = renderStatus(sampleStatus({ plugins }), { colours: true });
    expect(painted).toContain('\u001b[90mfailing');
  });
  test('says so with all that is known of it, with what is wrong', () => {
    const lines = detail({ ...failing, muted: { untilS: null } }).split('\n');
    expect(lines).toContain('  muted         always muted');
    expect(lines).toContain('    it exited with status 3; try it by hand');
  });
  test('is like any other while it is well, and while it is switched off', () => {
    const off = [reason('disabled', 'it is switched off')];
    const disabled = samplePlugin('a.sh', { state: 'disabled', reasons: off, muted });
    expect(listed(samplePlugin('a.sh', { muted }), disabled)).toEqual([
      'plugins: 1 of 2 report (/scripts)',
      '  a.sh  disabled   ran 12s ago, exit 0, 12 ms, 2 samples',
      '      it is switched off',
    ]);
  });
});

test('everything about one plugin, and why it reports nothing', () => {
  const failing = samplePlugin('mysql_status', {
    state: 'failing',
    reasons: [reason('exit-status', 'it exited with status 3; try it by hand')],
    currentRun: running(3),
    ...afterRun({ status: 3, samples: 0 }),
    failuresInARow: 4,
    firstBadLines: [{ line: 2, text: 'b x', reason: 'not-a-number', hint: 'a number was expected' }],
    stderr: ['mysql: connection refused', 'giving up'],
  });
  expect(renderPlugins(selected(failing), 'web1', noonS, plain)).toBe(`mysql_status: failing
  path          /scripts/mysql_status
  metrics       web1.mysql_status.*
  interval      30s; next in 18s
  now           running for 3s, pid 47
  last run      12s ago, exit 3, 12 ms, 0 samples
  last samples  12s ago
  so far        7 runs, the last 4 failed, 0 skips
  why it reports nothing
    it exited with status 3; try it by hand
  bad lines
    2: b x  (not-a-number: a number was expected)
  stderr
    mysql: connection refused
    giving up
`);
});

describe('of a plugin whose output has bad lines', () => {
  const bad = { line: 2, text: 'b x', reason: 'not-a-number', hint: 'a number was expected' } as const;
  const looksLike = { kind: 'nagios', sentence: 'this looks like x\u001b', commands: ['wrap it'] } as const;
  const duplicate = { kind: 'duplicate', sentence: 'line 3 again', commands: [] } as const;
  const output = { lines: [], moreLines: 0, samples: 2, badLines: 7, looksLike, duplicate };
  const end = (plugin: PluginDetail) =>
    renderPlugins(selected(plugin), 'web1', noonS, plain).split(' skips\n')[1]?.split('\n');

  test('the first are listed, and the others counted', () => {
    expect(end(samplePlugin('x', { ...afterRun({ badLines: 7 }), firstBadLines: [bad] }))).toEqual([
      '  bad lines',
      '    2: b x  (not-a-number: a number was expected)',
      '    … and 6 more bad lines',
      '',
    ]);
  });

  test('what they look like stands in a reason, and not behind each; repeated names are a note', () => {
    const change = { ...afterRun({ badLines: 1 }), firstBadLines: [bad], looksLike, output };
    expect(end(samplePlugin('x', change))).toEqual([
      '  bad lines',
      '    2: b x  (not-a-number)',
      '  notes on its last output',
      '    duplicate: line 3 again',
      '',
    ]);
  });

  test('what the output of a failed run looks like is a note', () => {
    expect(end(samplePlugin('x', { ...afterRun({ badLines: 0 }), output }))).toEqual([
      '  notes on its last output',
      '    this looks like x\\x1b',
      '      wrap it',
      '    duplicate: line 3 again',
      '',
    ]);
  });
});

describe('the agent as a whole', () => {
  test('one that has just started, is stopping, can not store or has a broken configuration on disk says so first', () => {
    expect(linesOf({ lastTickAtS: null, startedAtS: noonS - 2, isStopping: true })[0]).toBe(
      'instrument_server 2.0.0 on web1: up 2s, is stopping (pid 812), a tick every 30s, no tick yet',
    );
    const problems = ['/etc/instrument_server.ini:4: report_interval: 1x is no duration; expected is 30s, for example'];
    const lines = linesOf({ configurationProblems: problems, storeFailure: 'no space left (ENOSPC)' });
    expect(lines.slice(2, 6)).toEqual([
      'the configuration on disk is not in force, because it has problems:',
      `  ${problems[0]}`,
      '',
      "samples can't be stored in /var/lib/instrument_server and are held in memory: no space left (ENOSPC)",
    ]);
  });

  test('an overload stands at the top, with how long it lasts and what would help', () => {
    const overload = {
      sinceS: noonS - 240,
      waiting: 640,
      plugins: 3000,
      longestWaitS: 104,
      slots: 4,
      cpuBusyPercent: 100,
      explanation: '640 of 3,000 plugins wait for a slot; run fewer plugins',
    };
    expect(linesOf({ overload })[2]).toBe('overloaded for 4m: 640 of 3,000 plugins wait for a slot; run fewer plugins');
  });

  test('what the agent found when it started stands at the end, in one line', () => {
    const lines = linesOf({ foundAtStart: sampleFound });
    expect(lines.slice(-3)).toEqual(['', `found at the start: ${sampleFound.explanation}`, '']);
    expect(linesOf({}).join()).not.toContain('found at the start');
  });

  test('a database that was damaged is reported with what was salvaged of it', () => {
    const salvage = { atS: noonS - 60, path: '/s/instrument_server.db.damaged', samples: 900 };
    const line = 'the database was damaged 1m ago: 900 of its samples are salvaged';
    expect(linesOf({ salvage: { ...salvage, lost: 3 } })).toContain(`${line}, 3 are lost; it is ${salvage.path}`);
    expect(linesOf({ salvage: { ...salvage, lost: null } })).toContain(
      `${line}, it is not known how many are lost; it is ${salvage.path}`,
    );
  });

  test('a suspended directory is shown once, not once for each plugin', () => {
    const suspended = sampleStatus().plugins.map((plugin) => ({
      ...plugin,
      state: 'suspended' as const,
      reasons: [reason('directory-suspended', 'no plugin runs', 'chmod it')],
    }));
    const shown = text({
      scripts: {
        isEnabled: true,
        location: '/scripts',
        suspension: 'chmod it',
        reason: reason('directory-suspended', 'chmod it'),
        warning: null,
      },
      plugins: suspended,
    });
    expect(shown.match(/chmod it/g)).toHaveLength(1);
    expect(shown).toContain(
      'plugins: 0 of 8 report (/scripts)\n  no plugin runs: chmod it\n  backup.sh     suspended  running for 2m, ran ',
    );
  });

  test('a suspended directory of the configuration is shown by its name, and its plugins without their reasons', () => {
    const why = reason('directory-suspended', 'no plugin of [directory:munin] runs: chmod it');
    const munin = { name: 'munin', location: '/etc/munin/plugins', suspension: 'chmod it', reason: why, warning: null };
    const load = samplePlugin('munin/load', { state: 'suspended', reasons: [why] });
    const shown = text({ directories: [{ ...munin, plugins: 0 }], plugins: [load, samplePlugin('mail.sh')] });
    expect(shown).toContain(
      'plugins: 1 of 2 report (/scripts, /etc/munin/plugins)\n  no plugin of munin runs: chmod it\n  munin/load  suspended',
    );
    expect(shown.match(/chmod it/g)).toHaveLength(1);
  });

  test('where scripts are not enabled, directories and commands are shown all the same', () => {
    const scripts = { isEnabled: false, location: '/scripts', suspension: null, reason: null, warning: null };
    const munin = { name: 'munin', location: '/m', suspension: null, reason: null, warning: null, plugins: 0 };
    expect(text({ scripts, plugins: [], directories: [munin] })).toContain('plugins: none in /m yet\n');
    expect(text({ scripts, plugins: [samplePlugin('command/disk')] })).toContain('plugins: 1 of 1 report\n');
  });

  test('that a group can replace the script directory stands below its place, with what to type', () => {
    const warning = reason('group-writable', 'the way to /scripts depends on a group', "chmod g-w '/'");
    const scripts = { isEnabled: true, location: '/scripts', suspension: null, reason: null, warning };
    expect(text({ scripts })).toContain(
      "report (/scripts)\n  warning: the way to /scripts depends on a group; chmod g-w '/'\n",
    );
  });

  test('without scripts, plugins or sinks it says what to do', () => {
    const shown = text({
      scripts: { isEnabled: false, location: '/scripts', suspension: null, reason: null, warning: null },
      plugins: [],
      sinks: [],
    });
    expect(shown).toContain('plugins: not enabled; start with -e, or set enabled = true under [scripts]\n');
    expect(shown).toContain(
      'sinks: none, so samples are sent nowhere; give a key with -k or api_key under [collector], or a [sink:…] section\n',
    );
    expect(text({ plugins: [] })).toContain('plugins: none in /scripts yet\n');
  });

  test('a thousand plugins without trouble are a screen, and none in trouble is left out', () => {
    const many = Array.from({ length: 1000 }, (_, index) => samplePlugin(`p${index}`));
    const lines = linesOf({ plugins: [...many, ...sampleStatus().plugins], sinks: [] });
    expect(lines.length).toBeLessThan(65);
    expect(lines).toContain('  … and 964 more that have no trouble');
    expect(lines.some((line) => line.startsWith('  raid.sh '))).toBe(true);
  });

  test('samples that were lost for a sink are counted beside it', () => {
    const lines = linesOf({ sinks: [sink({ lostSamples: 3, droppedSamples: 4, waitingSamples: 1 })] });
    expect(lines.at(-2)).toBe(
      '  instrumental  connected  collector.example:8001: 1 sample waiting, 2 sent, 3 lost to [spool] max_size, 4 dropped: the sink will never take them',
    );
  });
});

describe('a run', () => {
  const lineOf = (change: Partial<PluginDetail>) =>
    detail(change)
      .split('\n')
      .find((line) => line.startsWith('  last run'));
  test.each([
    [
      'by a signal',
      afterRun({ ending: 'signaled', status: 143, signal: 'SIGTERM', samples: 0 }),
      '12s ago, SIGTERM, 12 ms, 0 samples',
    ],
    [
      'not at all',
      afterRun({ ending: 'not-started', status: null, durationMs: 0.4, samples: 0 }),
      '12s ago, did not start, 0 ms, 0 samples',
    ],
    [
      'in an unknown way',
      afterRun({ ending: 'unknown', status: null, samples: 0 }),
      '12s ago, ending unknown, 12 ms, 0 samples',
    ],
    [
      'under an earlier agent',
      afterRun({ ending: null, status: 3, durationMs: null, samples: null, badLines: null }),
      '12s ago, exit 3',
    ],
    [
      'after long',
      afterRun({ durationMs: 192_000, badLines: 2, samples: 1 }),
      '12s ago, exit 0, 3m 12s, 1 sample, 2 bad lines',
    ],
    ['never', { lastRun: null }, 'none'],
  ] as const)('that ended %s', (_, change, words) => {
    expect(lineOf(change)).toBe(`  last run      ${words}`);
  });

  test('that waits, hangs, or has not been yet is shown as it is now', () => {
    expect(detail({ currentRun: running(65, { state: 'waiting', pid: null, skips: 1 }) })).toContain(
      '\n  now           waiting for a slot for 1m 5s, 1 tick skipped\n',
    );
    expect(detail({ currentRun: running(65, { isOverdue: true, skips: 2 }) })).toContain(
      '\n  now           running for 1m 5s, pid 47, holds no slot, 2 ticks skipped\n',
    );
    expect(detail({ nextDueAtS: null, lastReportAtS: null })).toContain('\n  interval      30s\n  last run ');
    expect(detail({ lastReportAtS: null })).toContain('\n  last samples  none since the agent started\n');
  });
});

test('a slow plugin is no trouble: it counts as one that reports, behind those with trouble, in one line', () => {
  const slow = samplePlugin('slow.sh', {
    state: 'slow',
    reasons: [reason('slow', 'running 6 s; its last runs took 5 to 7 s')],
    currentRun: running(6, { isOverdue: true }),
  });
  const first = { ...slow, file: 'first.sh', lastRun: null, runs: 0 };
  const lines = linesOf({ plugins: [samplePlugin('a.sh'), slow, first, ...sampleStatus().plugins.slice(0, 1)] });
  expect(lines[2]).toBe('plugins: 2 of 4 report (/scripts)');
  expect(lines.slice(6, 9)).toEqual([
    '  slow.sh    slow       running for 6s, ran 12s ago, exit 0, 12 ms, 2 samples',
    '  first.sh   slow       running for 6s, no run yet',
    '  a.sh       ok         ran 12s ago, exit 0, 12 ms, 2 samples',
  ]);
  expect(detail(slow)).toContain('\n  what it does\n    running 6 s; its last runs took 5 to 7 s\n');
});

test('a plugin that reports only a part is not said to report nothing', () => {
  expect(detail({ reasons: [reason('some-bad-lines', '1 of 3')] })).toContain('\n  what is wrong\n    1 of 3\n');
});

test('the state of a check and what it says are shown, and change nothing of the state of the plugin', () => {
  const { lastRun } = afterRun({ status: 1, samples: 3 });
  const run = lastRun && { ...lastRun, checkState: 'WARNING' as const, message: 'load 5\x1b', notFinite: 1 };
  const plugins = [samplePlugin('x.sh', { lastRun: run })];
  const how = 'exit 1, WARNING, 12 ms, 3 samples, 1 value not finite';
  expect(linesOf({ plugins })[3]).toBe(`  x.sh  ok         ran 12s ago, ${how}`);
  expect(detail({ lastRun: run })).toContain('\n  message       WARNING: load 5\\x1b\n');
  expect(detail({ lastRun: lastRun && { ...lastRun, checkState: 'OK' } })).not.toMatch(/message|OK/);
});

test('a name that selects several shows them one below the other; one that selects none says why, and what to type', () => {
  const plugins = [samplePlugin('a.sh'), samplePlugin('a.rb')];
  const advice = { kind: 'x', sentence: 'there is no x\u001b', commands: ["mv 'a' 'b\u001b'"] };
  const none = { plugins: [], missing: 'there is no x', advice };
  expect(renderPlugins(selected(...plugins), 'web1', noonS, plain)).toMatch(/^a\.sh: ok\n.*\n\na\.rb: ok\n/s);
  expect(renderPlugins(none, 'web1', noonS, plain)).toBe("there is no x\\x1b\n  mv 'a' 'b\\x1b'\n");
});

test('colours change nothing but colours', () => {
  const coloured = renderStatus(sampleStatus(), { colours: true });
  expect(coloured).toContain('\u001b[31mrejected \u001b[39m');
  expect(coloured).toContain('\u001b[32mconnected\u001b[39m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is to go
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(text());
  expect(renderPlugins(selected(samplePlugin('x')), 'web1', noonS, { colours: true })).toContain(
    'x: \u001b[32mok\u001b[39m\n',
  );
  const part = samplePlugin('x', { reasons: [reason('output-cut', 'its output was cut')] });
  const warning = samplePlugin('y', { reasons: [reason('no-shebang', 'it has no #! line')] });
  const painted = renderStatus(sampleStatus({ plugins: [part, warning] }), { colours: true });
  expect(painted).toContain('\u001b[33min part');
  expect(painted).toContain('\u001b[33mwarning');
});

test('nothing that a script is called or prints, and no server answers, acts on a terminal or forges a line', () => {
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\u001b[2J', '\n', '\r', '\t', '\u0007', '\u202e', '\u009b', '\u2028', '\u0000', '\ud800'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
  });
  fc.assert(
    fc.property(nasty, (evil) => {
      const plugin = samplePlugin('x', {
        file: `f${evil}`,
        path: `/scripts/${evil}`,
        reasons: [reason('only-bad-lines', evil, evil)],
        firstBadLines: [{ line: 1, text: evil, reason: 'bad-name', hint: evil }],
        stderr: [evil],
      });
      const troubled = sink({ state: 'away', trouble: evil, address: evil });
      const base = {
        ...plugin,
        file: 'f',
        path: '',
        stderr: [''],
        firstBadLines: [{ line: 1, text: '', reason: 'bad-name', hint: '' }] as const,
      };
      const evilStatus = { plugins: [plugin], sinks: [troubled], storeFailure: evil, configurationProblems: [evil] };
      const tameStatus = {
        plugins: [base],
        sinks: [sink({ state: 'away', trouble: '' })],
        storeFailure: '',
        configurationProblems: [''],
      };
      const shown = [text(evilStatus), renderPlugins(selected(plugin), 'web1', noonS, plain)];
      const tame = [text(tameStatus), renderPlugins(selected(base), 'web1', noonS, plain)];
      for (const [index, one] of shown.entries()) {
        expect(one.split('\n')).toHaveLength((tame[index] ?? '').split('\n').length);
        expect(one.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }
    }),
  );
});

test('of one plugin, what its last run has used is said where it is known', () => {
  const line = (usage: RunUsage) => /^ {2}last run .*$/m.exec(detail(afterRun(usage)))?.[0];
  expect(line({ cpuS: 0.21, peakMemoryBytes: 300_000_000 })).toMatch(/2 samples, 210 ms of CPU, 286 MiB of memory$/);
  expect(line({ cpuS: 0.21, peakMemoryBytes: null })).toMatch(/2 samples, 210 ms of CPU$/);
  expect(line({ cpuS: null, peakMemoryBytes: null })).toMatch(/2 samples$/);
});
