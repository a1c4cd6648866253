import { existsSync } from 'node:fs';

/** A plugin of a package of Debian, run from where the package puts it. */
export type ForeignPlugin = {
  /** The name of its metrics, behind the host's. */
  readonly name: string;
  readonly package: string;
  readonly format: 'munin' | 'prometheus' | 'nagios';
  readonly program: string;
  /** The file name of the link to it in its directory; null: it is a `command`. */
  readonly link: string | null;
  /** The words behind the program of a `command`. */
  readonly args: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether it reports depends on the machine: on its disks, sensors, modules or packages. */
  readonly varies: boolean;
};

const folders = {
  munin: '/usr/share/munin/plugins',
  collectors: '/usr/share/prometheus-node-exporter-collectors',
  nagios: '/usr/lib/nagios/plugins',
};

/** Whether all the packages are here whose plugins are listed below. */
export const arePackagesHere =
  ['munin/load', 'collectors/apt_info.py', 'nagios/check_load', 'nagios/check_memory', 'nagios/check_mysql'].every(
    (file) =>
      existsSync(file.replace(/^(munin|collectors|nagios)/, (_all, kind: keyof typeof folders) => folders[kind])),
  ) && existsSync('/usr/sbin/munin-run');

/** A link as munin-node-configure makes it: `LINK`, or `LINK=PLUGIN` where the names differ. */
export function muninPlugin(
  words: string,
  { env = {}, varies = false }: Partial<Pick<ForeignPlugin, 'env' | 'varies'>> = {},
): ForeignPlugin {
  const [link = '', plugin = link] = words.split('=');
  const program = `${folders.munin}/${plugin}`;
  return { name: link, package: 'munin-plugins-core', format: 'munin', program, link, args: '', env, varies };
}

function collector(link: string, varies: boolean): ForeignPlugin {
  const program = `${folders.collectors}/${link}`;
  const name = link.replace(/\.[a-z]+$/, '');
  const from = 'prometheus-node-exporter-collectors';
  return { name, package: from, format: 'prometheus', program, link, args: '', env: {}, varies };
}

const ofBasic =
  /^check_(apt|cluster|disk|dummy|file_age|http|icmp|load|log|ntp_time|ping|procs|sensors|smtp|ssh|swap|tcp|users)$/;
const ofStandard = /^check_(dns|mysql|mysql_query|pgsql|curl)$/;

/** `CHECK ARGUMENTS` as the `command` of a section of this name. */
export function check(name: string, words: string, varies = false): ForeignPlugin {
  const [program = '', ...args] = words.split(' ');
  const part = ofBasic.test(program) ? 'basic' : ofStandard.test(program) ? 'standard' : 'contrib';
  return {
    name: `nagios_${name}`,
    package: `monitoring-plugins-${part}`,
    format: 'nagios',
    program: `${folders.nagios}/${program}`,
    link: null,
    args: args.join(' '),
    env: {},
    varies,
  };
}

const everywhere =
  'cpu df df_abs df_inode entropy forks if_lo=if_ if_err_lo=if_err_ interrupts irqstats load memory ' +
  'open_files open_inodes ping_127.0.0.1=ping_ proc_pri processes ps_bash=ps_ swap threads uptime users vmstat';
const someMachines =
  'buddyinfo cpuspeed diskstats netstat fw_conntrack fw_forwarded_local fw_packets lpstat nfs_client nfsd ntp_kernel_err ' +
  'selinux_avcstat sensors_temp=sensors_';
const collectors =
  'apt_info.py btrfs_stats.py chrony.py deleted_libraries.py fstab-check.sh inotify-instances ipmitool lvm-prom-collector md_info.sh ' +
  'mellanox_hca_temp multipathd_info node_os_info.sh ntpd_metrics.py nvme_metrics.sh smartmon.sh storcli.py tw_cli.py yum.sh';

/** The plugins that need no server. */
export const hostPlugins: readonly ForeignPlugin[] = [
  ...everywhere.split(' ').map((words) => muninPlugin(words)),
  ...someMachines.split(' ').map((words) => muninPlugin(words, { varies: true })),
  collector('directory-size.sh', false),
  ...collectors.split(' ').map((file) => collector(file, true)),
  check('cluster', 'check_cluster -s -l web -d 0,0,2 -w 1 -c 2'),
  check('cpu', 'check_cpu'),
  check('cpufreq', 'check_cpufreq', true),
  check('cswch', 'check_cswch'),
  check('disk', 'check_disk -w 1% -c 1% -p /'),
  check('dummy', "check_dummy 1 'as configured'"),
  check('entropy', 'check_entropy', true),
  check('etc_hosts', 'check_etc_hosts'),
  check('fc', 'check_fc', true),
  check('file_age', 'check_file_age -w 999999999 -c 999999999 -f /etc/debian_version'),
  check('ifmountfs', 'check_ifmountfs /'),
  check('intr', 'check_intr'),
  check('load', 'check_load -w 99,99,99 -c 999,999,999'),
  check('memory', 'check_memory'),
  check('multipath', 'check_madrisan_multipath', true),
  check('nbprocs', 'check_nbprocs', true),
  check('network', 'check_network'),
  check('paging', 'check_paging'),
  check('ping', 'check_ping -H 127.0.0.1 -w 100,20% -c 500,60%'),
  check('pressure', 'check_pressure --cpu', true),
  check('procs', 'check_procs -w 9999 -c 99999'),
  check('refused', 'check_tcp -H 127.0.0.1 -p 1'),
  check('sensors', 'check_sensors', true),
  check('swap', 'check_swap -w 1% -c 1% -n ok', true),
  check('swap_in_detail', 'check_madrisan_swap', true),
  check('tcpcount', 'check_tcpcount'),
  check('temperature', 'check_temperature', true),
  check('unix_memory', 'pmp-check-unix-memory -w 99 -c 100'),
  check('uptime', 'check_madrisan_uptime'),
  check('users', 'check_users -w 99 -c 100'),
];
