import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, renameSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemFiles } from '../../src/io/disk/files.ts';
import { levelOf } from '../../src/log/catalogue.ts';
import { userText } from '../../src/words/user-text.ts';
import { installPlugin, writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome, testConfig, testDaemon } from '../helpers/test-daemon.ts';
import { explanation, kinds, plugin, typeFrom } from './reasons-set-up.ts';

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? '' : ' (left out: only root can give a file away)';
const nobody = 65534;

describe('a script that is rejected says why, and the command it tells mends it', () => {
  test('a mode that lets others in', async () => {
    const home = makeHome();
    const path = installPlugin(home.scripts, 'two-gauges', { as: 'x.sh', mode: 0o755 });
    const agent = testDaemon(home);
    const told = explanation(agent, 'x', 'wrong-mode');
    expect(told).toBe(`x.sh has mode 0755: group and others can read and run it; chmod 0700 '${path}'`);
    expect(plugin(agent, 'x')).toMatchObject({ state: 'rejected', nextDueAtS: null });
    typeFrom(told, 'chmod ');
    await agent.tickAndFinish('x.sh');
    expect(plugin(agent, 'x')).toMatchObject({ state: 'ok', reasons: [], runs: 1 });
  });

  test('a script that its owner may not execute', async () => {
    const home = makeHome();
    const path = installPlugin(home.scripts, 'two-gauges', { as: "it's.sh", mode: 0o644 });
    const agent = testDaemon(home);
    const told = explanation(agent, "it's.sh", 'not-executable');
    expect(told).toBe(
      `it's.sh has mode 0644: group and others can read it, its owner can't run it; chmod 0700 '${path.replace("'", "'\\''")}'`,
    );
    typeFrom(told, 'chmod ');
    await agent.tickAndFinish("it's.sh");
    expect(kinds(agent, "it's.sh")).toEqual([]);
  });

  test.skipIf(!isRoot)(`a script of another user${needsRoot}`, async () => {
    const home = makeHome();
    const path = installPlugin(home.scripts, 'two-gauges', { as: 'x.sh' });
    chownSync(path, nobody, nobody);
    const agent = testDaemon(home);
    const told = explanation(agent, 'x', 'wrong-owner');
    expect(told).toBe(
      `x.sh belongs to ${userText(nobody, systemFiles.userName(nobody))}, but the agent runs as root (uid 0); chown 0 '${path}'`,
    );
    typeFrom(told, 'chown ');
    await agent.tickAndFinish('x.sh');
    expect(kinds(agent, 'x')).toEqual([]);
  });

  test('a link to a script elsewhere, which is left as it is: its copy runs', async () => {
    const home = makeHome();
    const target = installPlugin(tempDir(), 'two-gauges', { mode: 0o755 });
    const path = join(home.scripts, 'x.sh');
    symlinkSync(target, path);
    const agent = testDaemon(home);
    const told = explanation(agent, 'x', 'wrong-mode');
    expect(told).toBe(
      `x.sh is a symbolic link to '${target}', which has mode 0755: group and others can read and run it; leave that file as it is, and put a copy in the place of the link, or a script of two lines, #!/bin/sh and exec '${target}' "$@"; install -m 0700 '${target}' '${path}'`,
    );
    typeFrom(told, 'install ');
    await agent.tickAndFinish('x.sh');
    expect(plugin(agent, 'x')).toMatchObject({ state: 'ok', reasons: [], runs: 1 });
    expect(statSync(target).mode & 0o7777).toBe(0o755);
  });

  test('a file that is evidently not a script is listed as such, and gone once it has a leading dot', () => {
    const home = makeHome();
    const path = join(home.scripts, 'README.md');
    writeFileSync(path, '# Notes\n', { mode: 0o644 });
    const agent = testDaemon(home);
    const told = explanation(agent, 'README.md', 'not-a-script');
    expect(told).toBe(
      `README.md is not executable and has no #! line: not a script? Move it elsewhere, or give it a leading dot, as the first command does. A script? Then make it one, as the rest does, and write a #! line; mv -n '${path}' '${home.scripts}/.README.md'; chmod 0700 '${path}'`,
    );
    expect(plugin(agent, 'README.md')).toMatchObject({ state: 'not-a-script', nextDueAtS: null });
    const [event] = agent.events.all.filter((one) => one.event === 'plugin.rejected');
    expect(event && levelOf(event)).toBe('info');
    typeFrom(told, 'mv ');
    agent.tick();
    expect(agent.status().plugins).toEqual([]);
  });

  test('a file that was taken for another thing than a script runs after the second command', async () => {
    const home = makeHome();
    const path = join(home.scripts, 'x');
    writeFileSync(path, 'echo "a 1"\n', { mode: 0o600 });
    const agent = testDaemon(home);
    typeFrom(explanation(agent, 'x', 'not-a-script'), 'chmod ');
    await agent.tickAndFinish('x');
    expect(plugin(agent, 'x')).toMatchObject({ state: 'ok', reasons: [], runs: 1 });
  });

  test('a link to where others can replace its target', async () => {
    const home = makeHome();
    const folder = tempDir();
    const target = installPlugin(folder, 'two-gauges');
    symlinkSync(target, join(home.scripts, 'x.sh'));
    chmodSync(folder, 0o707);
    const agent = testDaemon(home);
    const told = explanation(agent, 'x', 'exposed-folder');
    expect(told).toBe(
      `x.sh is a symbolic link to '${target}', and the way there is not safe: the folder '${folder}' has mode 0707, so everyone can put something else in the place of 'two-gauges' there; take that right away; chmod o-w '${folder}'`,
    );
    typeFrom(told, 'chmod ');
    await agent.tickAndFinish('x.sh');
    expect(kinds(agent, 'x.sh')).toEqual([]);
  });

  test.skipIf(!isRoot)(`a link to where a group can replace its target${needsRoot}`, async () => {
    const home = makeHome();
    const folder = tempDir();
    symlinkSync(installPlugin(folder, 'two-gauges'), join(home.scripts, 'x.sh'));
    chownSync(folder, 0, nobody);
    chmodSync(folder, 0o770);
    const agent = testDaemon(home);
    await agent.tickAndFinish('x.sh'); // a warning only
    const told = explanation(agent, 'x', 'group-writable');
    expect(told).toMatch(/^the way to '.*x\.sh' depends on a group: .*; strict = true under \[scripts\] refuses/);
    typeFrom(told, 'chmod ');
    await agent.tickAndFinish('x.sh');
    expect(kinds(agent, 'x.sh')).toEqual([]);
  });

  test('a link that leads nowhere', () => {
    const home = makeHome();
    const path = join(home.scripts, 'x.sh');
    symlinkSync('/no/such/script', path);
    const agent = testDaemon(home);
    const told = explanation(agent, 'x', 'unreadable');
    expect(told).toBe(
      `x.sh is a symbolic link to '/no/such/script', which does not exist; correct the link, or remove it; rm '${path}'`,
    );
    typeFrom(told, 'rm ');
    agent.tick();
    expect(agent.status().plugins).toEqual([]);
  });
});

describe('a directory that suspends all plugins says why, and the command it tells mends it', () => {
  test('a mode that lets others in', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'two-gauges');
    const agent = testDaemon(home);
    await agent.tickAndFinish('two-gauges');
    chmodSync(home.scripts, 0o755);
    agent.tick();
    const told = explanation(agent, 'two-gauges', 'directory-suspended');
    expect(told).toBe(
      `no plugin runs: scripts has mode 0755: group and others can read and run it; chmod 0700 '${home.scripts}'`,
    );
    expect(plugin(agent, 'two-gauges')).toMatchObject({ state: 'suspended', nextDueAtS: null });
    expect(agent.plugin('another').missing).toBe(told);
    typeFrom(agent.status().scripts.suspension ?? '', 'chmod ');
    await agent.tickAndFinish('two-gauges');
    expect(plugin(agent, 'two-gauges')).toMatchObject({ state: 'ok', reasons: [] });
    expect(agent.status().scripts.suspension).toBeNull();
  });

  test('a folder above it that others can write', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'two-gauges');
    const agent = testDaemon(home);
    const above = dirname(home.scripts);
    chmodSync(above, 0o703);
    agent.tick();
    const told = explanation(agent, 'two-gauges', 'directory-suspended');
    expect(told).toBe(
      `no plugin runs: the way to '${home.scripts}' is not safe: the folder '${above}' has mode 0703, so everyone can put something else in the place of 'scripts' there; take that right away; chmod o-w '${above}'`,
    );
    agent.tick();
    expect(agent.events.of('plugins.suspended')).toHaveLength(1); // logged once
    typeFrom(told, 'chmod ');
    await agent.tickAndFinish('two-gauges');
    expect(kinds(agent, 'two-gauges')).toEqual([]);
  });

  test.skipIf(!isRoot)(`a group that can write a folder above it, once strict = true${needsRoot}`, async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'two-gauges');
    const above = dirname(home.scripts);
    chownSync(above, 0, nobody);
    chmodSync(above, 0o770);
    const agent = testDaemon(home);
    await agent.tickAndFinish('two-gauges');
    const group = agent.status().scripts.warning?.explanation ?? '';
    expect(group).toMatch(/^the way to .* depends on a group: .* has mode 0770, so the group .*; chmod g-w '.*'$/);
    expect(agent.events.of('plugins.exposed').map(({ path }) => path)).toEqual([home.scripts]);
    agent.reload({ scripts: { ...testConfig(home).scripts, isStrict: true } });
    expect(kinds(agent, 'two-gauges')).toEqual(['directory-suspended']);
    expect(agent.status().scripts.warning).toBeNull();
    typeFrom(agent.status().scripts.suspension ?? '', 'chmod ');
    await agent.tickAndFinish('two-gauges');
    expect(kinds(agent, 'two-gauges')).toEqual([]);
  });

  test.skipIf(!isRoot)(`another owner${needsRoot}`, async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'two-gauges');
    const agent = testDaemon(home);
    chownSync(home.scripts, nobody, nobody);
    agent.tick();
    const told = explanation(agent, 'two-gauges', 'directory-suspended');
    const name = systemFiles.userName(nobody);
    expect(told).toBe(
      `no plugin runs: scripts belongs to ${userText(nobody, name)}, but the agent runs as root (uid 0); if an agent runs as ${name ?? nobody}, leave it, and add -u ${name ?? nobody} here; otherwise give it to this one; chown 0 '${home.scripts}'`,
    );
    typeFrom(told, 'chown ');
    await agent.tickAndFinish('two-gauges');
    expect(kinds(agent, 'two-gauges')).toEqual([]);
  });

  test('a directory that is gone', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'two-gauges');
    const agent = testDaemon(home);
    renameSync(home.scripts, `${home.scripts}.away`);
    agent.tick();
    const told = explanation(agent, 'two-gauges', 'directory-suspended');
    expect(told).toBe(
      `no plugin runs: there is no directory '${home.scripts}'; make it, and put the scripts into it; mkdir -p -m 0700 '${home.scripts}'`,
    );
    typeFrom(told, 'mkdir ');
    installPlugin(home.scripts, 'two-gauges');
    await agent.tickAndFinish('two-gauges');
    expect(kinds(agent, 'two-gauges')).toEqual([]);
  });
});

describe('a name that is no plugin says why, and what it tells mends it', () => {
  test("an editor's leftover, with nothing in its place", async () => {
    const home = makeHome();
    const path = installPlugin(home.scripts, 'two-gauges', { as: 'x.sh~' });
    const agent = testDaemon(home);
    const { plugins, missing } = agent.plugin('x.sh~');
    expect(plugins).toEqual([]);
    expect(missing).toBe(
      `the name x.sh~ is one that is never run (hidden, or left behind by an editor or a package manager); mv -n '${path}' '${home.scripts}/x.sh'`,
    );
    typeFrom(missing ?? '', 'mv ');
    await agent.tickAndFinish('x.sh');
    expect(kinds(agent, 'x')).toEqual([]);
  });

  test("an editor's leftover beside the script itself is not told to be moved over it", () => {
    const home = makeHome();
    installPlugin(home.scripts, 'two-gauges', { as: 'x.sh~' });
    installPlugin(home.scripts, 'two-gauges', { as: 'x.sh' });
    mkdirSync(join(home.scripts, 'y.sh'));
    installPlugin(home.scripts, 'two-gauges', { as: 'y.sh~' });
    const agent = testDaemon(home);
    expect(agent.plugin('y.sh~').missing).toMatch(/\); give it a plain name$/); // `mv` would move it into the directory
    const { missing } = agent.plugin('x.sh~');
    expect(missing).toMatch(/; the script itself is x\.sh; instrument_server status x\.sh$/);
  });

  test('a directory, a FIFO, a name that is nearly right, one that is not there at all', () => {
    const home = makeHome();
    mkdirSync(join(home.scripts, 'more'));
    execFileSync('mkfifo', [join(home.scripts, 'pipe')]);
    installPlugin(home.scripts, 'two-gauges', { as: 'mysql_status.sh' });
    const agent = testDaemon(home);
    const missing = (name: string) => agent.plugin(name).missing;
    expect(missing('more')).toBe(`more is a directory; scripts lie in '${home.scripts}' itself`);
    expect(missing('pipe')).toBe('pipe is not a regular file; put a script in its place');
    expect(missing('mysql_statsu')).toBe(
      `there is no script mysql_statsu in ${home.scripts}; the closest name is mysql_status; instrument_server status mysql_status`,
    );
    expect(missing('mysql_status')).toBeNull();
    expect(missing('../state/lock')).toMatch(/^there is no script \.\.\/state\/lock in /);
    expect(missing('a\0b')).toMatch(/^there is no script /);
  });

  test('the command told for a name that is not there installs a script under it', async () => {
    const home = makeHome();
    const agent = testDaemon(home);
    const { missing } = agent.plugin('disk');
    expect(missing).toBe(
      `there is no script disk in ${home.scripts}; put one there with install -m 0700 SCRIPT '${home.scripts}'`,
    );
    const script = join(home.scripts, '..', 'disk');
    writeFileSync(script, '#!/bin/sh\necho "free 1"\n');
    typeFrom((missing ?? '').replace('SCRIPT', script), 'install ');
    await agent.tickAndFinish('disk');
    expect(kinds(agent, 'disk')).toEqual([]);
  });

  test('scripts that are not enabled', async () => {
    const home = makeHome();
    installPlugin(home.scripts, 'two-gauges');
    const scripts = { ...testConfig(home).scripts, enabled: false, maxOutputBytes: 1e6 };
    const agent = testDaemon(home, { scripts });
    expect(agent.plugin('two-gauges').missing).toBe(
      'scripts are not enabled; start the agent with -e, or set enabled = true under [scripts]',
    );
    agent.reload({ scripts: { ...scripts, enabled: true } });
    await agent.tickAndFinish('two-gauges');
    expect(kinds(agent, 'two-gauges')).toEqual([]);
  });
});

test('two scripts of one name each say so, and the command of either ends it for both', async () => {
  const home = makeHome();
  writePlugin(home.scripts, 'a.sh', '#!/bin/sh\necho "one 1"\n');
  writePlugin(home.scripts, 'a', '#!/bin/sh\necho "two 2"\n');
  const agent = testDaemon(home);
  await agent.tickAndFinish('a.sh', 'a');
  const [a, sh] = [join(home.scripts, 'a'), join(home.scripts, 'a.sh')];
  expect(agent.plugin('a').plugins.map(({ file }) => file)).toEqual(['a']); // the file name wins
  expect(explanation(agent, 'a', 'name-collision')).toBe(
    `'${sh}' reports under the same name a, so their metrics mix; rename one, here to a_2; mv -n '${a}' '${a}_2'`,
  );
  const told = explanation(agent, 'a.sh', 'name-collision');
  expect(told).toBe(
    `'${a}' reports under the same name a, so their metrics mix; rename one, here to a_sh; mv -n '${sh}' '${home.scripts}/a_sh.sh'`,
  );
  typeFrom(told, 'mv ');
  await agent.tickAndFinish('a_sh.sh', 'a');
  expect(agent.status().plugins.map(({ file, state, reasons }) => [file, state, reasons])).toEqual([
    ['a', 'ok', []],
    ['a_sh.sh', 'ok', []],
  ]);
  unlinkSync(a);
  agent.tick();
  expect(agent.status().plugins.map(({ file }) => file)).toEqual(['a_sh.sh']);
});
