import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filters } from '../../src/formats/filters.ts';
import { readWhole } from '../../src/formats/native.ts';
import type { ForeignFormat } from '../../src/model/bad-line.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { fixture } from '../helpers/install-plugin.ts';

const context = { prefix: 'h.p', endedAtS: unixSeconds(1_700_000_000), truncated: false };
const hasJq = spawnSync('/bin/sh', ['-c', 'command -v jq']).status === 0;

/** What a golden becomes when a shell pipes it through the filter, as a person would. */
function filtered(format: ForeignFormat, name: string): readonly string[] {
  const input = readFileSync(join(fixture('output'), name, 'stdout'));
  const stdout = execFileSync('/bin/sh', ['-c', filters[format]], { input });
  expect(readWhole(stdout, context).summary.badLines.count).toBe(0);
  return stdout.toString().trimEnd().split('\n');
}

const cases: readonly (readonly [ForeignFormat, golden: string, lines: readonly string[]])[] = [
  [
    'prometheus',
    'looks-like-prometheus',
    [
      'node_md_disks.device.md0.state.active 2',
      'node_md_disks.device.md0.state.spare 0',
      'node_md_blocks 1024',
      'inst.pid.346.uid.0.command.chromium.--type.x 1',
      'e.m 1',
    ],
  ],
  ['prometheus', 'looks-like-prometheus-without-labels', ['apt_upgrades_pending 3', 'node_reboot_required 0']],
  ['nagios', 'looks-like-nagios-load', ['load1 59.770', 'load5 46.3']],
  ['nagios', 'looks-like-nagios-ping', ['rta 0.092000', 'pl 0']],
  ['nagios', 'looks-like-nagios-procs', ['procs 97']],
  ['nagios', 'looks-like-nagios-with-many-lines', ['arrays 2']],
  ['nagios', 'looks-like-nagios-perfdata', ['tcp 16', 'q 1e5']],
  ['checkmk', 'looks-like-checkmk', ['a 73', 'b 3.5', 'load 1.5']],
  ['munin', 'looks-like-munin-multigraph', ['netstat.established 6', 'netstat_established.established 7']],
  ['munin', 'looks-like-munin-unknown', ['pending 134']],
  ['influx', 'looks-like-influx', ['ipaddress.ipv4.192.0.2.7.uptime 3600']],
  ['influx', 'looks-like-influx-without-tags', ['memory.used 12', 'memory.free 30']],
  ['influx', 'looks-like-influx-with-a-time', ['queue.depth 3']],
  ['collectd', 'looks-like-collectd', ['exec-queue.gauge-depth 5', 'df-root.df_complex-free 1.5e3']],
  [
    'opentsdb',
    'looks-like-opentsdb',
    ['proc.net.bytes.iface.lo.direction.in 74521089 1699999990', 'df.bytes.free.mount.fstype.ext4 1024 1699999990'],
  ],
  ['opentsdb', 'looks-like-opentsdb-put', ['sys.cpu.user.host.web1.cpu.0 42.5 1699999990']],
];

describe('the filter that is advised makes samples of what other systems print', () => {
  test.each(cases)('%s: %s', (format, golden, lines) => {
    expect(filtered(format, golden)).toEqual(lines);
  });

  test.skipIf(!hasJq)('json', () => {
    expect(filtered('json', 'looks-like-json')).toEqual(['cpu.user 12.5', 'l.0 1', 'l.1 2', 'a_b 3']);
    expect(filtered('json', 'looks-like-json-list')).toEqual(['0.a 1', '1.a 2']);
    expect(filtered('json', 'looks-like-json-on-lines')).toEqual(['cpu.user 12.5', 'up 3']);
  });
});
