import type { Reason } from '../../src/model/advice.ts';
import type { World } from './make-believe-agent.ts';
import { hung, install, makeWorld, reason, sink, suspend, wrongMode } from './world.ts';

/** An ordinary host: most plugins are well, a few are not. */
export function ordinaryScene(nowS: number): World {
  const world = makeWorld(nowS);
  const well: readonly [string, string, number][] = [
    ['disk_smart.sh', 'sda.temperature 34\nsda.reallocated 0\nnvme0.wear 7\n', 48],
    [
      'mysql_status.rb',
      'queries 4182\nslow_queries 3\nthreads_running 7\nconnections 122\nbuffer_pool_free_pct 11.4\n',
      96,
    ],
    ['nginx_status.py', 'active 214\nreading 2\nwriting 31\nwaiting 181\n', 31],
    ['open_tickets', 'open 17\n', 1240],
    ['postfix_queue.sh', 'active 0\ndeferred 4\n', 12],
    ['redis_info.sh', 'clients 44\nused_memory_mb 812.5\nevicted 0\n', 9],
    ['systemd_units.sh', 'failed 0\nrunning 61\n', 22],
    ['tls_expiry.sh', 'www_days 61\nmail_days 12\n', 310],
  ];
  for (const [file, stdout, durationMs] of well) install(world, { file, stdout, durationMs });
  install(world, {
    file: 'new_orders.sh',
    state: 'pending',
    hasRun: false,
    reasons: [reason('not-run-yet', 'it has not run since the agent started; it runs at 14:03:30, in 12s')],
  });
  install(world, {
    file: 'old_raid.pl',
    state: 'disabled',
    hasRun: false,
    reasons: [
      reason(
        'disabled',
        'it is switched off by enabled = false under [plugin:old_raid]; set enabled = true there, or remove the line',
      ),
    ],
  });
  install(world, { file: 'backup_age.sh', state: 'rejected', hasRun: false, reasons: [wrongMode('backup_age.sh')] });
  install(world, {
    file: 'nfs_latency.sh',
    state: 'hung',
    runningForS: 4 * 3600 + 312,
    reasons: [hung(4 * 3600 + 312)],
    stdout: 'read_ms 2.1\n',
  });
  install(world, {
    file: 'ldap_check.py',
    state: 'failing',
    status: 3,
    durationMs: 2043,
    stdout: '',
    stderr: [
      'Traceback (most recent call last):',
      '  File "/etc/instrumental_scripts/ldap_check.py", line 12, in <module>',
      'ConnectionRefusedError: [Errno 111] Connection refused',
    ],
    reasons: [exitStatus('ldap_check.py', 3)],
  });
  install(world, {
    file: 'room_climate.sh',
    state: 'ok',
    stdout: 'temperature 21,5\nhumidity 48\n\npressure 1013.2\nnote all is well in here\n',
    reasons: [decimalComma()],
  });
  return world;
}

/** A host a minute after the agent was started, with a plugin that was just saved. */
export function firstMinuteScene(nowS: number): World {
  const world = makeWorld(nowS);
  install(world, { file: 'mine.sh', stdout: 'answer 42\n', beats: 'oo' });
  const { atS } = world.agent;
  world.agent = { ...world.agent, startedAtS: atS - 60 };
  for (const [metric, points] of world.samples)
    world.samples.set(
      metric,
      points.filter(([at]) => at > atS - 75),
    );
  return world;
}

/** A host with five plugins, all well. */
export function fewScene(nowS: number): World {
  const world = ordinaryScene(nowS);
  const five = ['disk_smart.sh', 'nginx_status.py', 'open_tickets', 'redis_info.sh', 'tls_expiry.sh'];
  for (const file of world.plugins.keys()) if (!five.includes(file)) world.plugins.delete(file);
  return world;
}

/** An ordinary host with a week of samples of all metrics. */
export function weekScene(nowS: number): World {
  const world = ordinaryScene(nowS);
  for (const [metric, points] of world.samples) {
    const hour = points.slice(-120);
    world.samples.set(metric, [...weekBefore(hour), ...hour]);
  }
  return world;
}

/** Samples of the week before these, one in ten minutes; each day has its hours of much use. */
function weekBefore(points: readonly (readonly [number, number])[]): [number, number][] {
  const [[firstS, firstValue] = [0, 0]] = points;
  return Array.from({ length: 7 * 144 }, (_, index): [number, number] => {
    const atS = firstS - 600 * (7 * 144 - index);
    const share = 1 + 0.25 * Math.sin(((atS - firstS) / 86_400) * 2 * Math.PI) + 0.03 * Math.sin(atS * 7.3);
    return [atS, Math.round(firstValue * share * 1000) / 1000];
  });
}

/** A host on which nothing works: sinks, disk, configuration and all plugins have trouble. */
export function brokenScene(nowS: number): World {
  const world = makeWorld(nowS);
  const atS = world.agent.atS;
  const names = [
    'apache',
    'backup',
    'cron_age',
    'dns',
    'exim',
    'ftp',
    'gitlab',
    'haproxy',
    'imap',
    'jenkins',
    'kafka',
    'ldap',
  ];
  for (const [index, name] of names.entries()) {
    const file = `${name}.sh`;
    if (index % 4 === 0) install(world, { file, state: 'rejected', hasRun: false, reasons: [wrongMode(file)] });
    else if (index % 4 === 1)
      install(world, {
        file,
        state: 'failing',
        status: 1,
        stdout: '',
        reasons: [exitStatus(file, 1)],
        stderr: ['no route to host'],
      });
    else if (index % 4 === 2)
      install(world, { file, state: 'hung', runningForS: 95 + index, reasons: [hung(95 + index)] });
    else
      install(world, {
        file,
        state: 'silent',
        stdout: '',
        reasons: [
          reason(
            'empty-output',
            'its last run exited with 0 and printed nothing on stdout; print NAME VALUE lines, and try it by hand',
            `'/etc/instrumental_scripts/${file}' 0`,
          ),
        ],
      });
  }
  world.agent = {
    ...world.agent,
    configurationProblems: [
      '/etc/instrument_server.ini:12: report_interval: 30 minutes is not a duration; expected 30s, 5m, 2h or 1d',
    ],
    storeFailure: 'the disk that holds /var/lib/instrument_server is full (ENOSPC); make room on it',
    sinks: [
      sink({
        state: 'refused',
        trouble: 'the collector refuses the key from api_key in /etc/instrument_server.ini; put the right key there',
        troubleSinceS: atS - 1830,
        waitingSamples: 18_204,
        oldestAtS: atS - 1830,
        lastSentAtS: atS - 1835,
      }),
      sink({
        name: 'graphite',
        address: 'tcp://graphite.example.com:2003',
        state: 'away',
        trouble: 'graphite.example.com does not answer on port 2003 (ETIMEDOUT)',
        troubleSinceS: atS - 72,
        waitingSamples: 640,
        oldestAtS: atS - 90,
        lastSentAtS: atS - 91,
      }),
    ],
  };
  return world;
}

/** A host with `count` plugins, most of them well. */
export function crowdedScene(nowS: number, count: number): World {
  const world = makeWorld(nowS);
  for (let index = 0; index < count; index += 1) {
    const file = `check_${String(index).padStart(4, '0')}.sh`;
    const stdout = Array.from({ length: 5 }, (_, metric) => `m${metric} ${index + metric}\n`).join('');
    if (index % 100 === 7)
      install(world, { file, stdout, state: 'rejected', hasRun: false, reasons: [wrongMode(file)] });
    else if (index % 100 === 13)
      install(world, { file, stdout, state: 'hung', runningForS: 100, reasons: [hung(100)] });
    else install(world, { file, stdout, durationMs: 10 + (index % 90) });
  }
  return world;
}

/** An ordinary host whose plugin directory others may write to, so that no plugin runs. */
export function suspendedScene(nowS: number): World {
  const world = ordinaryScene(nowS);
  suspend(world);
  return world;
}

function exitStatus(file: string, status: number): Reason {
  const sentence = `it exited with status ${status}, so its output was not sent`;
  return reason('exit-status', sentence, `instrument_server status ${file}`);
}

function decimalComma(): Reason {
  const first = 'the first is line 1, "temperature 21,5": 21,5 is not a number; write a decimal point: 21.5';
  return reason('decimal-comma', `2 of 4 lines are not samples; ${first}`);
}
