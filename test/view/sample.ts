import type { PluginDetail, Status } from '../../src/model/status.ts';
import { reason } from '../../src/view/reason.ts';
import { noonS, running, sink } from './set-up.ts';

const run = {
  endedAtS: noonS - 12,
  durationMs: 12.3,
  cpuS: null,
  peakMemoryBytes: null,
  ending: 'exited',
  status: 0,
  signal: null,
  samples: 2,
  badLines: 0,
  firstBadLine: null,
  outputBytes: 20,
  droppedBytes: 0,
  lastStderr: null,
} as const;

/** A plugin that reports, at noon. */
export function samplePlugin(file: string, change: Partial<PluginDetail> = {}): PluginDetail {
  return {
    file,
    name: file.replace(/\.\w+$/, ''),
    path: `/scripts/${file}`,
    state: 'ok',
    reasons: [],
    intervalS: 30,
    nextDueAtS: noonS + 18,
    currentRun: null,
    lastRun: run,
    lastReportAtS: noonS - 12,
    runs: 7,
    failuresInARow: 0,
    skips: 0,
    beats: 'ooooooo',
    firstBadLines: [],
    looksLike: null,
    stderr: [],
    output: null,
    recentRuns: [],
    settings: [],
    ...change,
  };
}

/** A plugin whose last run gave this. */
export function afterRun(change: Partial<NonNullable<PluginDetail['lastRun']>>): Pick<PluginDetail, 'lastRun'> {
  return { lastRun: { ...run, ...change } };
}

/** What that agent found when it started. */
export const sampleFound: NonNullable<Status['foundAtStart']> = {
  formerLife: 'stopped',
  database: 'as-left',
  lastCommitAtS: noonS - 3 * 86_400 - 4 * 3600 - 9,
  waiting: [],
  outputs: 3,
  survivors: 0,
  explanation: 'the former agent stopped in order; no samples wait; 3 last outputs of plugins are kept',
};

/** An agent at noon, with one plugin in each of the states a person meets. */
export function sampleStatus(change: Partial<Status> = {}): Status {
  return {
    format: 1,
    version: '2.0.0',
    hostname: 'web1',
    pid: 812,
    stateDir: '/var/lib/instrument_server',
    atS: noonS,
    startedAtS: noonS - 3 * 86_400 - 4 * 3600,
    intervalS: 30,
    lastTickAtS: noonS - 12,
    isStopping: false,
    configurationProblems: [],
    dashboardUrl: null,
    scripts: { isEnabled: true, location: '/scripts', suspension: null, reason: null, warning: null },
    plugins: [
      samplePlugin('backup.sh', {
        state: 'hung',
        reasons: [
          reason(
            'hung',
            'still running since 11:58:00 (pid 47); its last runs took 48 to 52 s; the agent never ends it; the first command shows what it waits for, the second one ends it',
            'ps -o pid,etime,wchan,args -p 47',
            'kill 47',
          ),
          reason(
            'skipped',
            '4 ticks in a row were skipped: its last run is still running; it runs again once that has ended',
          ),
        ],
        currentRun: running(120, { isOverdue: true, skips: 4 }),
        ...afterRun({ endedAtS: noonS - 3720, durationMs: 51_400 }),
        lastReportAtS: noonS - 3720,
        skips: 4,
      }),
      samplePlugin('mail.sh'),
      samplePlugin('mysql_status', {
        state: 'failing',
        reasons: [
          reason(
            'exit-status',
            'it exited with status 3, so its output was not sent; its last line on stderr: "mysql: connection refused"; correct that, so that it exits with 0',
            'instrument_server status mysql_status',
          ),
        ],
        ...afterRun({ status: 3, samples: 0, lastStderr: 'mysql: connection refused' }),
      }),
      samplePlugin('new.rb', {
        state: 'pending',
        reasons: [reason('not-run-yet', 'it has not run')],
        lastRun: null,
      }),
      samplePlugin('off', {
        state: 'disabled',
        reasons: [
          reason(
            'disabled',
            'it is switched off by enabled = false under [plugin:off]; set enabled = true there, or remove the line',
          ),
        ],
        nextDueAtS: null,
      }),
      samplePlugin('raid.sh', {
        state: 'rejected',
        reasons: [
          reason(
            'wrong-mode',
            'raid.sh has mode 0755: group and others can read and run it',
            "chmod 0700 '/scripts/raid.sh'",
          ),
        ],
        nextDueAtS: null,
        lastRun: null,
      }),
      samplePlugin('some', {
        reasons: [
          reason('some-bad-lines', '1 of 3 lines is not a sample; the first is line 2, "b x": a number was expected'),
        ],
        ...afterRun({ badLines: 1 }),
      }),
      samplePlugin('users.py'),
    ],
    sinks: [
      sink({ sentSamples: 18_230 }),
      sink({
        name: 'otlp',
        address: 'https://otlp.example/v1/metrics',
        state: 'refused',
        trouble: 'https://otlp.example/v1/metrics answered 401; correct headers under [sink:otlp]',
        troubleSinceS: noonS - 192,
        waitingSamples: 120,
        oldestAtS: noonS - 200,
        lastSentAtS: null,
        sentSamples: 0,
      }),
    ],
    overload: null,
    storeFailure: null,
    salvage: null,
    foundAtStart: null,
    totals: { runs: 49, runsFailed: 7, skips: 4, samplesRead: 84, badLines: 7 },
    usage: { rssBytes: 62e6, cpuS: 12.5 },
    ...change,
  };
}
