import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseIni } from '../../src/config/ini.ts';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const fixtures = fileURLToPath(new URL('../../fixtures/import', import.meta.url));
const user = userInfo().username;

/** A copy of the fixtures of a system, with paths of the copy for each `from`. */
function copyOf(
  system: string,
  edits: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>,
): string {
  const dir = join(tempDir(), system);
  cpSync(join(fixtures, system), dir, { recursive: true });
  for (const [name, pairs] of Object.entries(edits)) {
    const text = readFileSync(join(dir, name), 'utf8');
    writeFileSync(
      join(dir, name),
      pairs.reduce((all, [from, to]) => all.replaceAll(from, dir + to), text),
    );
  }
  return dir;
}

function executable(path: string, text = '#!/bin/sh\n'): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** What an import prints, as the agent's own reader reads it. Remarks are without their mark. */
async function imported(...words: readonly string[]) {
  const { status, stdout, stderr } = await runToEnd(['import', ...words], { HOME: '/' });
  const { entries, problems } = parseIni(stdout, 'x.ini');
  expect(problems).toEqual([]);
  const sections: Record<string, Record<string, string>> = {};
  for (const { section, key, value } of entries) sections[section] = { ...sections[section], [key]: value };
  const lines = stdout.split('\n');
  const remarks = lines.flatMap((line) => (line.startsWith(';! ') ? [line.slice(3)] : []));
  const notes = lines.flatMap((line) => (line.startsWith('; ') ? [line.slice(2)] : []));
  return { status, stderr, stdout, sections, remarks, notes };
}

describe('import nagios', () => {
  const plugins = '/plugins/';
  const edits = { 'nrpe.cfg': [['/etc/nagios', ''] as const, ['/usr/lib/nagios/plugins/', plugins] as const] };

  /** The fixtures, with the plugins that they name. */
  function nrpe(more = ''): string {
    const dir = copyOf('nagios', edits);
    for (const folder of ['plugins', 'nrpe.d', 'nrpe.d/more']) mkdirSync(join(dir, folder));
    for (const name of ['users', 'load', 'disk', 'procs']) executable(join(dir, plugins, `check_${name}`));
    writeFileSync(join(dir, 'nrpe_local.cfg'), more);
    return dir;
  }

  test("Debian's own file becomes one plugin for each command, and nothing in it is lost silently", async () => {
    const dir = nrpe();
    const { status, stderr, sections, remarks, notes } = await imported('nagios', join(dir, 'nrpe.cfg'));
    const plugin = (words: string) => ({ command: `${dir}${plugins}${words}`, format: 'nagios' });
    expect(sections).toEqual({
      'plugin:check_users': plugin('check_users -w 5 -c 10'),
      'plugin:check_load': plugin('check_load -r -w .15,.10,.05 -c .30,.25,.20'),
      'plugin:check_hda1': plugin('check_disk -w 20% -c 10% -p /dev/hda1'),
      'plugin:check_zombie_procs': plugin('check_procs -w 5 -c 10 -s Z'),
      'plugin:check_total_procs': plugin('check_procs -w 150 -c 200'),
    });
    expect(remarks).toEqual([
      `NRPE ran these as nagios, the agent runs as ${user}: a second agent can do it (-u nagios)`,
      'NRPE ended a command after 60 s; the agent never does: see the lines with timeout',
    ]);
    expect(notes).toContain(`command = /usr/bin/timeout 60 ${dir}${plugins}check_users -w 5 -c 10`);
    expect([status, stderr]).toEqual([
      0,
      'instrument_server: 5 plugins; 2 remarks, marked `;!`; the agent reads it from a file there: ' +
        "add --write '/etc/instrument_server.d/nagios.ini'\n",
    ]);
  });

  test('a command of a shell gets one, and what can not run as it is stays a comment, each with its line', async () => {
    const dir = nrpe(
      [
        'command[pipe]=ps ax | grep -c "a; b" # it\'s',
        'command[with $ARG1$]=DIR/check_load -w $ARG1$ -c $ARG2$',
        "command[open]=DIR/check_load 'a",
        'command[bare]=sh -c "exit 0"',
        'command[none]=no-such-program-here -w 1',
        'command[gone]=DIR/check_gone "a # b"',
        'command[a b]=DIR/check_load',
        'command[a.b]=DIR/check_load',
        'command[plain]=DIR/plain',
        'command[latin]=DIR/check_load \xff',
        'command[]=DIR/check_load',
      ]
        .join('\n')
        .replaceAll('DIR', join(tempDir(), 'none')),
    );
    writeFileSync(
      join(dir, 'nrpe_local.cfg'),
      Buffer.from(readFileSync(join(dir, 'nrpe_local.cfg'), 'utf8'), 'latin1'),
    );
    const none = /=(\S+)\/check_gone/.exec(readFileSync(join(dir, 'nrpe_local.cfg'), 'latin1'))?.[1] ?? '';
    const { sections, remarks, stdout } = await imported('nagios', join(dir, 'nrpe.cfg'));
    const local = join(dir, 'nrpe_local.cfg');
    expect(sections).toMatchObject({
      'plugin:pipe': { command: `/bin/sh -c 'ps ax | grep -c "a; b" # it'\\''s'`, format: 'nagios' },
      'plugin:bare': { command: expect.stringMatching(/^\/\S*bin\/sh -c 'exit 0'$/) },
      'plugin:gone': { command: `${none}/check_gone "a # b"` },
      'plugin:a_b': { command: `${none}/check_load` },
      'plugin:a_b-2': { command: `${none}/check_load` },
    });
    for (const name of ['with_ARG1', 'open', 'none', 'latin']) expect(sections).not.toHaveProperty(`plugin:${name}`);
    expect(remarks).toEqual(
      expect.arrayContaining([
        `${local}:1: it needs a shell, because of a pipe`,
        `${local}:2: the name "with $ARG1$" is [plugin:with__ARG1_] here: a name has letters, digits, _ and - only`,
        `${local}:2: the Nagios server sends $ARG1$, $ARG2$: write the value in its place`,
        `${local}:3: a quote in it is not closed`,
        expect.stringMatching(/:4: "sh" is not a full path: it was found as \/\S*bin\/sh$/),
        `${local}:5: "no-such-program-here" is not a full path, and no program of this name was found`,
        `${local}:6: ${none}/check_gone is not on this host`,
        `${local}:8: the name "a.b" is [plugin:a_b-2] here, because another plugin is [plugin:a_b]`,
        `${local}:10: it holds a line break, or bytes that are not UTF-8, and can not be written into this file`,
        `${local}:11: a command without a name or a line is left out`,
      ]),
    );
    expect(stdout).toContain(
      `; [plugin:with__ARG1_]\n; command = ${none}/check_load -w $ARG1$ -c $ARG2$\n; format = nagios\n`,
    );
  });

  test('included files and folders are read as NRPE reads them, and what is missing or circular is reported', async () => {
    const dir = nrpe(
      'command[check_load]=/bin/true 2\ncommand_prefix=/usr/bin/sudo\ninclude=nrpe.cfg\ninclude=no.cfg\nloose\n',
    );
    writeFileSync(join(dir, 'nrpe.d/b.cfg'), 'command[b]=/bin/true b\n');
    writeFileSync(join(dir, 'nrpe.d/a.cfg'), 'command[b]=/bin/true a\n');
    writeFileSync(join(dir, 'nrpe.d/c.txt'), 'command[c]=/bin/true\n');
    writeFileSync(join(dir, 'nrpe.d/more/d.cfg'), `define command {\n  command_name x\n}\ninclude_dir=${dir}/nrpe.d\n`);
    symlinkSync('..', join(dir, 'nrpe.d/more/up'));
    const { sections, remarks } = await imported('nagios', join(dir, 'nrpe.cfg'), '-u', 'nagios');
    expect(sections).toMatchObject({
      'plugin:check_load': { command: '/usr/bin/sudo /bin/true 2' },
      'plugin:b': { command: '/usr/bin/sudo /bin/true b' },
    });
    expect(Object.keys(sections)).not.toContain('plugin:c');
    const local = join(dir, 'nrpe_local.cfg');
    expect(remarks).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`command[check_load] is given again at ${local}:1, which counts`),
        `${local}:3: ${dir}/nrpe.cfg was read already`,
        `${local}:4: ${dir}/no.cfg does not exist`,
        `${local}:5: this line has no =, and is left out`,
        `${dir}/nrpe.d/more/d.cfg:1: objects of the Nagios server are not imported`,
        `${dir}/nrpe.d/more/d.cfg:4: ${dir}/nrpe.d was read already`,
        expect.stringMatching(/:\d+: \S+\/nrpe\.d\/more\/up was read already$/),
        `${local}:1: command_prefix was put in front: /usr/bin/sudo has to allow it for nagios`,
      ]),
    );
    expect(remarks.filter((text) => text.startsWith('NRPE ran'))).toEqual([]);
  });
});

/** The fixtures, with these plugins: executable files, and a library beside them. */
function munin(...names: readonly string[]): string {
  const dir = copyOf('munin', {});
  mkdirSync(join(dir, 'plugins'));
  executable(join(dir, 'plugin'));
  for (const name of names) symlinkSync(join(dir, 'plugin'), join(dir, 'plugins', name));
  return dir;
}

describe('import munin', () => {
  test("Debian's own files give variables to the plugins that are there, and say what the agent does not do", async () => {
    const dir = munin('df', 'df_inode', 'if_eth0', 'if_err_eth0', 'exim_mailstats', 'cpu', 'postgres_size_', 'apt');
    const conf = `${dir}/plugin-conf.d/munin-node`;
    const { status, sections, remarks, notes, stderr } = await imported('munin', dir, '-u', 'postgres');
    const df = { 'env.warning': '92', 'env.critical': '98', 'env.exclude_re': '^/run/user' };
    expect(sections).toEqual({
      'directory:munin': { path: join(dir, 'plugins'), format: 'munin', interval: '5m' },
      'plugin:df': df,
      'plugin:df_inode': df,
      'plugin:exim_mailstats': { 'env.logdir': '/var/log/exim4/', 'env.logname': 'mainlog' },
      'plugin:postgres_size_': { 'env.PGUSER': 'postgres', 'env.PGPORT': '5432' },
    });
    const lineOf = (section: string, key: string) => {
      const lines = readFileSync(conf, 'utf8').split('\n');
      const from = lines.indexOf(`[${section}]`);
      return `${conf}:${lines.findIndex((line, index) => index > from && line.startsWith(key)) + 1}`;
    };
    const second = (name: string, who: string) =>
      `the agent runs it as postgres; for that user, put enabled = false under [plugin:${name}], and give ` +
      `a second agent (-u ${who}) a configuration of its own with this plugin alone, as a command`;
    expect(remarks).toEqual([
      `${lineOf('apt', 'user')}: apt: user root: ${second('apt', 'root')}`,
      `${lineOf('exim_mailstats', 'group')}: exim_mailstats: group adm, (Debian-exim): add the agent's user to the group: usermod -aG 'adm' 'postgres'`,
      `${lineOf('exim_mailstats', 'group')}: exim_mailstats: group adm, (Debian-exim): add the agent's user to the group: usermod -aG 'Debian-exim' 'postgres'`,
      `${lineOf('if_err_*', 'user')}: if_err_eth0: user nobody: ${second('if_err_eth0', 'nobody')}`,
      `${lineOf('if_*', 'user')}: if_eth0: user root: ${second('if_eth0', 'root')}`,
    ]);
    expect(notes.find((text) => text.startsWith('sections of plugin-conf.d'))).toContain(
      'amavis, courier_mta_mailqueue',
    );
    expect([status, stderr]).toEqual([0, expect.stringContaining(': 8 plugins; 5 remarks, marked `;!`; ')]);
  });

  test('own files: the section of the name wins key by key, and each key without a counterpart is reported', async () => {
    const dir = munin('a_b', 'a_c');
    writeFileSync(join(dir, 'munin-node.conf'), 'timeout 10\nignore_file (\nignore_file \\.pod$\n');
    writeFileSync(
      join(dir, 'plugin-conf.d/zz'),
      '[a_*]\nenv.X wild ; "q" \\# x # comment\nenv.Y y\n[*_b]\nenv.Y last\nenv.Z z\n[a_b]\nenv.X own\nenv.1bad 1\n' +
        "timeout 5\ncommand sudo %c\nhost_name other\nenv.Q 'a\\b'\n[a_c]\nenv.latin \xff\n",
      'latin1',
    );
    writeFileSync(join(dir, 'plugin-conf.d/broken'), '[a_b]\nenv.B 1\nenv.C=1\nenv.D 1\n');
    writeFileSync(join(dir, 'plugin-conf.d/zz.pod'), '[a_b]\nenv.IGNORED 1\n');
    const { sections, remarks } = await imported('munin', dir, '-u', 'munin');
    expect(sections).toMatchObject({
      'plugin:a_b': { 'env.X': 'own', 'env.Y': 'y', 'env.Z': 'z', 'env.B': '1', 'env.Q': "'a\\b'" },
      'plugin:a_c': { 'env.X': 'wild ; "q" # x', 'env.Y': 'y' },
    });
    expect(Object.keys(sections['plugin:a_b'] ?? {})).not.toContain('env.IGNORED');
    expect(Object.keys(sections['plugin:a_c'] ?? {})).not.toContain('env.latin');
    const zz = `${dir}/plugin-conf.d/zz`;
    const unreadable = 'munin-node can not read this line, and leaves out the rest of the file; so does the import';
    expect(remarks).toEqual([
      `${dir}/plugin-conf.d/broken:3: ${unreadable}`,
      `${dir}/munin-node.conf:1: timeout 10: the agent never ends a run; a plugin that may hang has to end itself`,
      `${dir}/munin-node.conf:2: ignore_file (: this pattern can't be read, and is left out`,
      `${zz}:9: a_b: env.1bad is not the name of a variable, or its value is not UTF-8`,
      `${zz}:10: a_b: timeout 5: the agent never ends a run; the plugin has to end itself`,
      `${zz}:11: a_b: command sudo %c: the agent runs the plugin itself; put a script that does this in its place`,
      `${zz}:12: a_b: host_name other: has no counterpart here`,
      `${zz}:15: a_c: env.latin is not the name of a variable, or its value is not UTF-8`,
    ]);
  });

  test('the interval of Munin is written where plugins can have it here', async () => {
    const written = await imported('munin', munin('df'), '-r', '100');
    expect(written.sections['directory:munin']).toMatchObject({ interval: '5m' });
    expect(written.notes).toContain(
      'munin runs its plugins every five minutes; without the line interval, the agent does at every tick',
    );
    const other = await imported('munin', munin('df'), '-r', '70');
    expect(other.sections['directory:munin']).not.toHaveProperty('interval');
    expect(other.notes).toContain(
      'munin runs its plugins every five minutes; interval has to be a multiple of report_interval',
    );
  });

  test('what munin-node does not run is reported, and does not run here either', async () => {
    const dir = munin('cpu');
    const folder = join(dir, 'plugins');
    symlinkSync('/nowhere/x', join(folder, 'gone'));
    writeFileSync(join(folder, 'README'), '');
    mkdirSync(join(folder, 'folder'));
    for (const name of ['old.bak', 'a.conf', 'b c', 'd]e']) executable(join(folder, name));
    const { sections, remarks } = await imported('munin', `${folder}/`, '-u', 'munin');
    expect(sections).toEqual({
      'directory:munin': { path: folder, format: 'munin', interval: '5m' },
      'plugin:a.conf': { enabled: 'false' },
      'plugin:b c': { enabled: 'false' },
      'plugin:old.bak': { enabled: 'false' },
    });
    const off = 'munin-node does not run it, and neither does the agent with the line below';
    expect(remarks).toEqual([
      `${folder}/README is not executable: munin-node does not run it`,
      `${folder}/a.conf has a name that munin-node leaves out: ${off}`,
      `${folder}/b c has a name that munin-node leaves out: ${off}`,
      `${folder}/d]e has a name that munin-node leaves out: munin-node does not run it`,
      `${folder}/folder is not a file: munin-node does not run it`,
      `${folder}/gone is a link to /nowhere/x, which can't be found: munin-node does not run it`,
      `${folder}/old.bak is left out by ignore_file \\.bak$: ${off}`,
    ]);
  });

  test('a folder without settings beside it is enough; for root, it says as whom the plugins ran', async () => {
    const folder = join(tempDir(), 'mine');
    mkdirSync(folder);
    executable(join(folder, 'cpu'));
    const { sections, remarks } = await imported('munin', folder, '-u', '0');
    expect(sections).toEqual({ 'directory:munin': { path: folder, format: 'munin', interval: '5m' } });
    expect(remarks).toEqual([
      'munin-node runs plugins that name no user without any rights; an agent that runs as root runs them as root',
    ]);
  });
});

describe('import telegraf', () => {
  /** The fixture, with the collectors that it names, and others. */
  function telegraf(): string {
    const dir = copyOf('telegraf', { 'telegraf.conf': [['DIR', '']] });
    mkdirSync(join(dir, 'collectors'));
    for (const name of ['disk.sh', 'net_a.sh', 'net_b.sh', 'other.sh']) executable(join(dir, 'collectors', name));
    writeFileSync(join(dir, 'collectors/disk.py'), '');
    return dir;
  }

  test('each command of each block becomes a plugin, and each option is carried over or reported', async () => {
    const dir = telegraf();
    const at = (name: string) => `${dir}/collectors/${name}`;
    const { status, stderr, sections, remarks, notes, stdout } = await imported('telegraf', join(dir, 'telegraf.conf'));
    const shared = { format: 'influx', interval: '1m', 'env.LC_ALL': 'C', 'env.OPTIONS': 'a ; b # c' };
    expect(sections).toMatchObject({
      'plugin:disk': { ...shared, command: `${at('disk.sh')} --all` },
      'plugin:net_a': { ...shared, command: `${at('net_a.sh')} -v` },
      'plugin:net_b': { ...shared, command: `${at('net_b.sh')} -v` },
      'plugin:disk-3': { command: `${at('disk.sh')} 'two words' 'it'\\''s'`, format: 'nagios' },
      'plugin:gone': { command: at('gone.sh'), format: 'prometheus' },
      'plugin:sh': { command: expect.stringMatching(/^\/\S*bin\/sh -c 'echo \$TEAM'$/), format: 'prometheus' },
    });
    for (const name of ['none__', 'no-such-program-here', 'disk-4'])
      expect(sections).not.toHaveProperty([`plugin:${name}`]);
    expect(remarks.filter((text) => !/was found as|python3/.test(text))).toEqual([
      '[agent] interval = "10s": here it is report_interval under [agent], which is 30s',
      'global_tags = { dc }: the agent adds no tags',
      `inputs.execd: ${shown([at('daemon')])} is not imported: it runs all the time, and a plugin has to end`,
      'inputs.exec 1: timeout = "1m30s": the agent never ends a run; if it may hang, use the line below',
      'inputs.exec 1: environment: "not a variable" is not a variable with a value',
      'inputs.exec 1: name_suffix = "_custom": metrics begin with HOST.PLUGIN; rename [plugin:…] instead',
      'inputs.exec 1: tags = { team }: the agent adds no tags',
      `inputs.exec 1: ${at('net_*.sh')} stands for 2 files now; one that is added later gets no section`,
      'inputs.exec 2: json_query = "disks": all numbers of the document are sent',
      'inputs.exec 2: ignore_error = true: the samples of a run that fails are never sent; let the command end with exit 0',
      'the name "disk" is [plugin:disk-2] here, because another plugin is [plugin:disk]',
      'inputs.exec 3: interval = "500ms" is not a multiple of report_interval (30s): it runs every 30s',
      'the name "disk" is [plugin:disk-3] here, because another plugin is [plugin:disk]',
      `inputs.exec 4: ${at('none_?.sh')} stands for 0 files now; one that is added later gets no section`,
      'inputs.exec 4: Telegraf puts the value of $TEAM here, if it has this variable; the agent does not',
      'the name "none_?" is [plugin:none__] here: a name has letters, digits, _ and - only',
      'no file has such a name',
      `${at('gone.sh')} is not on this host`,
      '"no-such-program-here" is not a full path, and no program of this name was found',
      'inputs.exec 5: data_format = "grok" can\'t be read; let the command print another one',
      'inputs.exec 5: grok_patterns = ["%{NUMBER:a}"]: has no counterpart here',
      'the name "disk" is [plugin:disk-4] here, because another plugin is [plugin:disk]',
    ]);
    expect(notes).toContain(`command = /usr/bin/timeout 90 ${at('net_b.sh')} -v`);
    expect(notes).toContain('inputs that run no command are left out: cpu');
    expect(stdout).toContain(`; [plugin:disk-4]\n; command = ${at('disk.sh')}\n; format = grok`);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/: [67] plugins; \d+ remarks, marked `;!`; /)]);
  });

  test('odd documents: values of other types, one block that is no array, and durations as numbers', async () => {
    const file = join(tempDir(), 'odd.conf');
    writeFileSync(
      file,
      '[inputs.exec]\ncommands = ["/bin/sh [z-a]*", "/bin/[z-a]", \'/bin/echo "a\', "/bin/echo \'a\\nb\'", "/bin/echo a\\\\ b"]\n' +
        'interval = 100\ntimeout = 0.5\nenvironment = ["A=1", "A=2"]\nsince = 2026-11-30\nnumber = 1\ndata_format = "json_v2"\n',
    );
    const { sections, remarks } = await imported('telegraf', file);
    expect(sections).toEqual({
      'plugin:sh': { command: '/bin/sh [z-a]*', format: 'json', interval: '90s', 'env.A': '2' },
      'plugin:echo-3': { command: "/bin/echo 'a b'", format: 'json', interval: '90s', 'env.A': '2' },
    });
    expect(remarks).toEqual(
      expect.arrayContaining([
        'inputs.exec 1: timeout = 0.5: the agent never ends a run; if it may hang, use the line below',
        'inputs.exec 1: number = 1: has no counterpart here',
        'inputs.exec 1: interval = 100 is not a multiple of report_interval (30s): it runs every 90s',
        expect.stringMatching(/^inputs\.exec 1: since = "?2026-11-30/),
        'no file has such a name',
        'a quote in it is not closed',
        'it holds a line break, or bytes that are not UTF-8, and can not be written into this file',
      ]),
    );
  });

  test('a duration that is none is reported, and so is a value that no document should have', async () => {
    const file = join(tempDir(), 'odd.conf');
    writeFileSync(
      file,
      '[[inputs.exec]]\ncommand = "/bin/echo"\ninterval = nan\ntimeout = "soon"\nconstructor = -inf\n',
    );
    const { sections, remarks } = await imported('telegraf', file);
    expect(sections).toEqual({ 'plugin:echo': { command: '/bin/echo', format: 'json' } });
    expect(remarks).toEqual([
      'inputs.exec 1: timeout = "soon": the agent never ends a run',
      'inputs.exec 1: interval = NaN is not a multiple of report_interval (30s): it runs every 30s',
      'inputs.exec 1: constructor = -Infinity: has no counterpart here',
    ]);
  });

  test("intervals are those of the agent's own configuration", async () => {
    const dir = tempDir();
    const [file, ini] = [join(dir, 't.conf'), join(dir, 'own.ini')];
    writeFileSync(file, '[agent]\ninterval = "20s"\n[[inputs.exec]]\ncommand = "/bin/echo"\ninterval = "1m20s"\n');
    writeFileSync(ini, '[agent]\nreport_interval = 20s\n');
    const { sections, remarks } = await imported('telegraf', file, '-f', ini);
    expect([sections, remarks]).toEqual([
      { 'plugin:echo': { command: '/bin/echo', format: 'json', interval: '80s' } },
      [],
    ]);
    const often = await imported('telegraf', file, '-f', ini, '-r', '80');
    expect(often.sections).toEqual({ 'plugin:echo': { command: '/bin/echo', format: 'json' } });
    expect(often.remarks).toEqual(['[agent] interval = "20s": here it is report_interval under [agent], which is 80s']);
  });

  test.each([
    ['nagios', () => copyOf('nagios', {}), 'nrpe.cfg'],
    ['munin', () => munin('df', 'cpu'), ''],
    ['telegraf', telegraf, 'telegraf.conf'],
  ])('what is imported from %s is a good configuration', async (system, make, name) => {
    const dir = make();
    const made = join(dir, 'made.ini');
    expect((await runToEnd(['import', system, join(dir, name), '--write', made], { HOME: '/' })).status).toBe(0);
    const check = () => runToEnd(['-f', made, '--state-dir', join(dir, 'state'), 'check'], { HOME: dir });
    const good = await check();
    expect(good.stdout + good.stderr).not.toContain('made.ini:');
    appendFileSync(made, '[plugin:other]\nnonsense = 1\n');
    const bad = await check();
    expect(bad.stdout + bad.stderr).toContain('made.ini:');
  });

  const shown = (value: unknown) => {
    const text = JSON.stringify(value);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  };
});

describe('what can not be imported', () => {
  const failure = async (...words: readonly string[]) => {
    const { status, stdout, stderr } = await runToEnd(['import', ...words], { HOME: '/' });
    expect([stdout, stderr.split('\n').length, /^ +at /m.test(stderr)]).toEqual(['', 2, false]);
    return `${status} ${stderr.replace('instrument_server: ', '').trimEnd()}`;
  };

  test('is one sentence, which says what to type: 2 for another path, 1 for what is in a file', async () => {
    const dir = tempDir();
    const at = (name: string) => join(dir, name);
    writeFileSync(at('binary'), 'a\0b');
    writeFileSync(at('large'), `# ${'x'.repeat(1024 * 1024)}`);
    writeFileSync(at('objects.cfg'), 'define host {\n  host_name a\n}\n');
    writeFileSync(at('bad.toml'), 'a = 1\n[[inputs.exec]]\nb = [\n');
    writeFileSync(at('empty'), '');
    mkdirSync(at('folder'));
    const nrpe = 'name the configuration file of NRPE, such as /etc/nagios/nrpe.cfg';
    const toml = "name a file of Telegraf's configuration, such as /etc/telegraf/telegraf.conf";
    const munin = "name munin's folder, such as /etc/munin, or the folder of its plugins";
    expect(await failure('nagios', at('none'))).toBe(`2 ${at('none')} does not exist; ${nrpe}`);
    expect(await failure('nagios', dir)).toBe(`2 ${dir} is a directory, and not a file; ${nrpe}`);
    expect(await failure('nagios', '/dev/null')).toBe(`2 /dev/null is not a regular file; ${nrpe}`);
    expect(await failure('nagios', at('binary'))).toBe(`1 ${at('binary')} is not a text file; ${nrpe}`);
    expect(await failure('nagios', at('large'))).toBe(`1 ${at('large')} is larger than 1 MiB; ${nrpe}`);
    expect(await failure('nagios', at('empty/x'))).toBe(`2 ${at('empty/x')} can't be looked at (ENOTDIR); ${nrpe}`);
    expect(await failure('nagios', at('objects.cfg'))).toBe(
      `1 ${at('objects.cfg')}:1 defines objects of the Nagios server, which are not imported; ` +
        'name the configuration file of NRPE on the monitored host, such as /etc/nagios/nrpe.cfg',
    );
    expect(await failure('nagios', at('empty'))).toBe(
      `1 ${at('empty')} has no line such as command[check_load]=/usr/lib/nagios/plugins/check_load`,
    );
    expect(await failure('munin', at('none'))).toBe(`2 ${at('none')} does not exist; ${munin}`);
    expect(await failure('munin', at('empty/x'))).toBe(`2 ${at('empty/x')} can't be looked at (ENOTDIR); ${munin}`);
    expect(await failure('munin', at('empty'))).toBe(`2 ${at('empty')} is not a directory; ${munin}`);
    expect(await failure('munin', at('folder'))).toBe(
      `1 ${at('folder')} has no plugin that munin-node would run; ${munin}`,
    );
    expect(await failure('telegraf', at('none'))).toBe(`2 ${at('none')} does not exist; ${toml}`);
    expect(await failure('telegraf', at('binary'))).toBe(`1 ${at('binary')} is not a text file; ${toml}`);
    expect(await failure('telegraf', at('bad.toml'))).toMatch(/^1 \S+\/bad\.toml:\d+:\d+: Invalid TOML document: /);
    expect(await failure('telegraf', at('empty'))).toBe(
      `1 ${at('empty')} has no [[inputs.exec]]: there is no command to import; its folder telegraf.d may have some`,
    );
  });
});

test('files within files end at some depth, which is reported', async () => {
  const dir = tempDir();
  for (let level = 0; level < 20; level += 1)
    writeFileSync(join(dir, `${level}.cfg`), `command[c${level}]=/bin/echo\ninclude=${level + 1}.cfg\n`);
  const { sections, remarks } = await imported('nagios', join(dir, '0.cfg'));
  expect(Object.keys(sections)).toHaveLength(17);
  expect(remarks).toEqual([`${dir}/16.cfg:2: ${dir}/17.cfg is not read: there are too many files within files`]);
});

describe.skipIf(userInfo().uid !== 0)('as root (only root can run the command as another user)', () => {
  test('what this user may not read is reported, with what to type', async () => {
    const dir = copyOf('munin', {});
    for (const path of [join(dir, '..'), dir]) chmodSync(path, 0o755);
    const [file, folder, plugins] = [join(dir, 'nrpe.cfg'), join(dir, 'closed'), join(dir, 'plugins')];
    mkdirSync(plugins);
    executable(join(plugins, 'cpu'));
    writeFileSync(file, 'command[a]=/bin/echo 1\n', { mode: 0o600 });
    writeFileSync(join(dir, 'open.cfg'), `command[a]=/bin/echo 1\ninclude_dir=${folder}\ninclude=${file}\n`);
    mkdirSync(folder, { mode: 0o700 });
    chmodSync(join(dir, 'plugin-conf.d'), 0o700);
    chmodSync(join(dir, 'munin-node.conf'), 0o600);
    const asOther = async (...words: readonly string[]) => {
      const program = startProgram(['import', ...words], { uid: 65534, env: { HOME: '/' } });
      const status = await program.exit;
      const remarks = program.printed.flatMap((line) => (line.startsWith(';! ') ? [line.slice(3)] : []));
      return { status, remarks, stderr: program.stderr() };
    };
    const denied = "can't be read (permission denied); nobody may not: type the same command as root, or as its owner";
    expect(await asOther('nagios', file)).toEqual({
      status: 1,
      remarks: [],
      stderr: `instrument_server: ${file} ${denied}; name the configuration file of NRPE, such as /etc/nagios/nrpe.cfg\n`,
    });
    expect((await asOther('nagios', join(dir, 'open.cfg'))).remarks).toEqual([
      `${dir}/open.cfg:2: ${folder} can't be read (EACCES)`,
      `${dir}/open.cfg:3: ${file} ${denied}`,
    ]);
    expect(await asOther('munin', dir)).toMatchObject({
      status: 0,
      remarks: [
        `${dir}/plugin-conf.d can't be read (EACCES): no variable and no user of a plugin is known`,
        `${dir}/munin-node.conf ${denied}`,
      ],
    });
    chmodSync(plugins, 0o700);
    expect(await asOther('munin', dir)).toMatchObject({
      status: 1,
      stderr: `instrument_server: ${plugins} can't be read (EACCES); type the same command as root\n`,
    });
  });
});

describe('import --write', () => {
  test('makes a new file with mode 0600 of what would be printed, and replaces none', async () => {
    const dir = tempDir();
    const [source, target] = [join(dir, 'nrpe.cfg'), join(dir, 'made.ini')];
    writeFileSync(source, 'command[a]=/bin/echo 1\n');
    const printed = await runToEnd(['import', 'nagios', source], { HOME: '/' });
    expect(printed.stderr).toMatch(/^instrument_server: 1 plugin; 0 remarks; the agent reads it/);
    const write = () => runToEnd(['import', 'nagios', source, '--write', target], { HOME: '/' });
    expect(await write()).toEqual({
      status: 0,
      stdout: '',
      stderr: `instrument_server: 1 plugin; 0 remarks; written to ${target}\n`,
    });
    expect(readFileSync(target, 'utf8')).toBe(`${printed.stdout}\n`);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(await write()).toEqual({
      status: 1,
      stdout: '',
      stderr: `instrument_server: ${target} is there already, and is not replaced; name another file, or remove that one\n`,
    });
    const none = await runToEnd(['import', 'nagios', source, '--write', join(dir, 'none/x.ini')], { HOME: '/' });
    expect([none.status, none.stderr]).toEqual([
      1,
      expect.stringMatching(/none\/x\.ini can't be written: ENOENT.*; name a file/),
    ]);
  });

  test('it says where the agent of these flags reads it', async () => {
    const source = join(tempDir(), 'nrpe.cfg');
    writeFileSync(source, 'command[a]=/bin/echo 1\n');
    const place = async (file: string) =>
      (await runToEnd(['-f', file, 'import', 'nagios', source], { HOME: '/' })).stderr.split('; ').at(-1)?.trimEnd();
    expect(await place('/srv/own.ini')).toBe(
      "the agent reads it from a file there: add --write '/srv/own.d/nagios.ini'",
    );
    expect(await place('/srv/own.conf')).toBe('the agent reads it if you add it to /srv/own.conf');
  });
});

describe('the file that an import makes', () => {
  const isRoot = process.getuid?.() === 0;
  const daemon = 1; // the user and the group of this name have this number on every Linux

  /** Imports munin into a file of this folder; the file, and what is said of it at the end. */
  async function written(folder: string, ...flags: readonly string[]) {
    const path = join(folder, 'munin.ini');
    const { stderr } = await runToEnd([...flags, 'import', 'munin', munin('df'), '--write', path], { HOME: '/' });
    const { mode, gid } = statSync(path);
    const [, said = ''] = stderr.trimEnd().split(`written to ${path}`);
    return { path, said, mode: mode & 0o777, gid };
  }

  test('is open to its owner alone; what to type is said if the user of the agent is another', async () => {
    const file = await written(tempDir(), '-u', 'daemon');
    const by = isRoot ? '' : ' as root';
    const command = `chown root:'daemon' '${file.path}' && chmod 0640 '${file.path}'`;
    expect(file).toMatchObject({ mode: 0o600, said: `; daemon can't read it; type${by}: ${command}` });
    for (const flags of [[], ['-u', 'root'], ['-u', 'no-such-user']])
      expect(await written(tempDir(), ...flags)).toMatchObject({ mode: 0o600, said: '' });
  });

  test('is open to the group of a folder that hands it on, as that of the packages does', async () => {
    const folder = join(tempDir(), 'instrument_server.d');
    mkdirSync(folder);
    if (isRoot) chownSync(folder, 0, daemon);
    chmodSync(folder, 0o2750);
    const { gid } = statSync(folder);
    const file = await written(folder, '-u', 'daemon');
    expect(file).toMatchObject({
      mode: 0o640,
      gid,
      said: isRoot ? '' : expect.stringContaining("daemon can't read it"),
    });
  });

  test.runIf(isRoot)('is told to be closed to a user who is not in that group', async () => {
    const folder = tempDir();
    chownSync(folder, 0, daemon);
    chmodSync(folder, 0o2750);
    expect((await written(folder, '-u', 'nobody')).said).toContain("nobody can't read it; type: chown root:");
  });
});
