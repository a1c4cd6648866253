import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { completionScript } from '../../src/cli/completion/script.ts';
import { type CompletedFlag, commandsWithFlags, commonFlags } from '../../src/cli/completion/tables.ts';
import { commands } from '../../src/cli/help.ts';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { pageText } from '../helpers/pages.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome } from '../helpers/test-daemon.ts';
import { findProgram } from '../integration/servers/server.ts';
import { titleOf } from '../integration/set-up.ts';

const mainFile = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const bash = findProgram('bash');
const zsh = findProgram('zsh');
const fish = findProgram('fish');
/** Names that a shell must not read as anything else. */
const plugins = ['unusual.sh', 'two words.sh', '$(touch made).sh'];

/** A shell's script, and the program under its name in a folder of its own that is in PATH. */
function installed(shell: string) {
  const dir = tempDir();
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'instrument_server'), `#!/bin/sh\nexec '${process.execPath}' '${mainFile}' "$@"\n`, {
    mode: 0o755,
  });
  const script = join(dir, `completion.${shell}`);
  const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: dir, TERM: 'dumb', LC_ALL: 'C' };
  writeFileSync(script, execFileSync(process.execPath, [mainFile, 'completion', shell], { env, timeout: 30_000 }));
  const run = (...command: readonly [string, ...string[]]) => {
    const [program, ...words] = command;
    const { stdout, stderr } = spawnSync(program, words, { cwd: dir, env, encoding: 'utf8', timeout: 30_000 });
    return { lines: stdout.split('\n').filter(Boolean), stderr };
  };
  return { dir, script, run };
}

/** An agent with the plugins above, and these. Returns its state directory. */
async function withPlugins(...more: readonly string[]): Promise<string> {
  const home = makeHome();
  for (const name of [...plugins, ...more]) writePlugin(home.scripts, name, '#!/bin/sh\necho "n 1"\n');
  const flags = ['-e', '-s', home.scripts, '--state-dir', home.state, '-r', '1', '--debug'];
  const agent = startProgram(flags, { env: { HOME: home.state } });
  await agent.event('run.finished');
  return home.state;
}

const spelled = (flags: readonly CompletedFlag[]) => flags.map(({ long }) => long);
const flagsOfCheck = spelled(commandsWithFlags.find(({ name }) => name === 'check')?.flags ?? []);

test('status --names prints the file name of each plugin on a line, and without an agent nothing on stdout', async () => {
  const state = await withPlugins();
  expect(await runToEnd(['--state-dir', state, 'status', '--names'])).toEqual({
    status: 0,
    stdout: [...plugins].sort().join('\n'),
    stderr: '',
  });
  const none = await runToEnd(['--state-dir', join(tempDir(), 'none'), 'status', '--names']);
  expect(none).toMatchObject({ status: 3, stdout: '' });
});

test('the commands of the documentation write the script of each shell in a fresh home', () => {
  const [, commandLines = 'false'] = /<!-- completion.*?```sh\n(.*?)```/s.exec(pageText('docs/operation.md')) ?? [];
  const { dir, run } = installed('bash');
  expect(run('sh', '-euc', commandLines)).toEqual({ lines: [], stderr: '' });
  for (const [shell, path] of [
    ['bash', '.local/share/bash-completion/completions/instrument_server'],
    ['zsh', '.local/share/zsh/site-functions/_instrument_server'],
    ['fish', '.config/fish/completions/instrument_server.fish'],
  ] as const)
    expect(readFileSync(join(dir, path), 'utf8')).toBe(completionScript(shell));
});

describe.skipIf(bash === null)(titleOf('bash', { bash }), () => {
  /** What bash offers for the last of these words. */
  function offers({ script, run }: ReturnType<typeof installed>, ...words: readonly string[]) {
    const body = `source "$1"; shift
      compopt() { echo "compopt $*"; }
      [ "$(complete -p instrument_server)" = 'complete -F _instrument_server instrument_server' ] || echo 'not registered'
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      _instrument_server; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { lines, stderr } = run('bash', '--norc', '-c', body, 'bash', script, 'instrument_server', ...words);
    expect(stderr).toBe('');
    return lines;
  }

  test('completes every command, and every flag of a command', () => {
    const shell = installed('bash');
    expect(offers(shell, '')).toEqual(Object.keys(commands));
    expect(offers(shell, '--')).toEqual(spelled(commonFlags));
    expect(offers(shell, 'check', '--')).toEqual(flagsOfCheck);
    expect(offers(shell, 'completion', 'f')).toEqual(['fish']);
  });

  test('completes the values of flags: files, folders, users and words, also behind =', () => {
    const shell = installed('bash');
    expect(offers(shell, '-f', '/e')).toEqual(['compopt -o default']);
    expect(offers(shell, '--state-dir', '=')).toEqual(['compopt -o dirnames']);
    expect(offers(shell, '--state-dir', '=', '/v')).toEqual(['compopt -o dirnames']);
    expect(offers(shell, '-u', 'roo')).toEqual(['root']);
    expect(offers(shell, 'collector', '--stall', 'h')).toEqual(['hello']);
    expect(offers(shell, '-r', '')).toEqual([]);
    expect(offers(shell, 'backup', './')).toEqual(['compopt -o default']);
  });

  test('completes a system behind import, and behind that a path', () => {
    const shell = installed('bash');
    expect(offers(shell, 'import', '')).toEqual(['nagios', 'munin', 'telegraf']);
    expect(offers(shell, 'import', 'mu')).toEqual(['munin']);
    expect(offers(shell, 'import', 'munin', './')).toEqual(['compopt -o default']);
    expect(offers(shell, 'import', 'munin', './', '')).toEqual([]);
    expect(offers(shell, 'import', '--wr')).toEqual(['--write']);
    expect(offers(shell, 'import', '--write', '')).toEqual(['compopt -o default']);
  });

  test("completes the running agent's plugins, quoted, and finds the agent by the flags on the line", async () => {
    const [shell, state] = [installed('bash'), await withPlugins()];
    expect(offers(shell, '--state-dir', state, 'status', '')).toEqual([
      '\\$\\(touch\\ made\\).sh',
      'two\\ words.sh',
      'unusual.sh',
    ]);
    expect(offers(shell, 'run', '--state-dir', '=', `'${state}'`, 'unu')).toEqual(['compopt -o default', 'unusual.sh']);
    expect(offers(shell, '--state-dir', state, 'status', 'unusual.sh', '')).toEqual([]);
    expect(shell.run('ls', 'made').lines).toEqual([]);
  });

  test("completes behind words that bash splits, and a plugin's name that it splits", async () => {
    const [shell, state] = [installed('bash'), await withPlugins('a:b@c=d.sh')];
    const address = ['host', ':', '8001'];
    const url = ['tcp', ':', '//[', '::', '1]', ':', '8001'];
    for (const words of [address, url]) {
      expect(offers(shell, '-c', ...words, 'sta')).toEqual(['start', 'status']);
      expect(offers(shell, '--collector', '=', ...words, 'sta')).toEqual(['start', 'status']);
      expect(offers(shell, '--state-dir', state, 'status', '-c', ...words, 'unu')).toEqual(['unusual.sh']);
      expect(offers(shell, '-c', ...words)).toEqual([]);
      expect(offers(shell, '--dashboard', ...words.slice(-2), 'sta')).toEqual(['start', 'status']);
    }
    expect(offers(shell, '--state-dir', state, 'status', 'a', ':', 'b', '@')).toEqual(['c=d.sh']);
    expect(offers(shell, '--state-dir', state, 'status', 'a', ':', 'b', '@', 'c')).toEqual(['c=d.sh']);
    expect(offers(shell, 'a', ':', 'sta')).toEqual([]);
  });

  test('is silent when no agent runs', () => {
    const shell = installed('bash');
    expect(offers(shell, '--state-dir', join(shell.dir, 'none'), 'status', '')).toEqual([]);
  });
});

describe.skipIf(zsh === null)(titleOf('zsh', { zsh }), () => {
  const ways = ['source', 'fpath'] as const;

  /**
   * What the line of an interactive zsh is after each of these, and a tab. `way`: how it reads the
   * script.
   */
  function completed(
    { dir, script, run }: ReturnType<typeof installed>,
    way: (typeof ways)[number],
    ...lines: readonly string[]
  ) {
    const functions = join(dir, 'functions');
    mkdirSync(functions);
    copyFileSync(script, join(functions, '_instrument_server'));
    const begin = 'autoload -U compinit; compinit -u -D';
    const load = way === 'source' ? `${begin}; source ${script}` : `fpath=(${functions} \\$fpath); ${begin}`;
    const driver = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=; cd $1; ${load}; show() { print -r -- \\"<<<\\$BUFFER>>>\\" }; zle -N show; bindkey '^X' show; print rea''dy"
zpty -r -m z out '*ready*'
shift
for line; do
  zpty -n -w z "$line"$'\\t\\x18'
  zpty -r -m z out '*<<<*>>>*'
  print -r -- \${\${out##*<<<}%%>>>*}
  zpty -n -w z $'\\x15'
done
zpty -d z
`;
    writeFileSync(join(dir, 'driver.zsh'), driver);
    return run('zsh', '-f', join(dir, 'driver.zsh'), dir, ...lines).lines.map((line) => line.trimEnd());
  }

  test.each(ways)("completes commands, flags, values, and the running agent's plugins, by %s", async (way) => {
    const [shell, state] = [installed('zsh'), await withPlugins()];
    mkdirSync(join(shell.dir, 'folder'));
    writeFileSync(join(shell.dir, 'file.ini'), '');
    expect(
      completed(
        shell,
        way,
        'instrument_server foreg',
        'instrument_server --script-l',
        'instrument_server check --stri',
        'instrument_server -f fi',
        'instrument_server --state-dir=fo',
        'instrument_server -u roo',
        'instrument_server collector --stall au',
        'instrument_server completion fi',
        'instrument_server import mu',
        'instrument_server import munin fi',
        `instrument_server --state-dir ${state} status unu`,
        `instrument_server run --state-dir='${state}' tw`,
        `instrument_server --state-dir ${state} dev '$(t`,
        `instrument_server --state-dir ${shell.dir}/none status unu`,
      ),
    ).toEqual([
      'instrument_server foreground',
      'instrument_server --script-location=',
      'instrument_server check --strict',
      'instrument_server -f file.ini',
      'instrument_server --state-dir=folder/',
      'instrument_server -u root',
      'instrument_server collector --stall authenticate',
      'instrument_server completion fish',
      'instrument_server import munin',
      'instrument_server import munin file.ini',
      `instrument_server --state-dir ${state} status unusual.sh`,
      `instrument_server run --state-dir='${state}' two\\ words.sh`,
      `instrument_server --state-dir ${state} dev '$(touch made).sh'`,
      `instrument_server --state-dir ${shell.dir}/none status unu`,
    ]);
    expect(shell.run('ls', 'made').lines).toEqual([]);
  });
});

describe.skipIf(fish === null)(titleOf('fish', { fish }), () => {
  /** What fish offers for the last word of a line. */
  function offers({ script, run }: ReturnType<typeof installed>, line: string) {
    const { lines, stderr } = run('fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', script, line);
    expect(stderr).toBe('');
    return lines.map((offer) => offer.split('\t')[0]);
  }

  test('completes every command, every flag of a command, and values', () => {
    const shell = installed('fish');
    mkdirSync(join(shell.dir, 'folder'));
    writeFileSync(join(shell.dir, 'file.ini'), '');
    expect(offers(shell, 'instrument_server ').sort()).toEqual(Object.keys(commands).sort());
    expect(offers(shell, 'instrument_server --').sort()).toEqual(spelled(commonFlags).sort());
    expect(offers(shell, 'instrument_server check --str')).toEqual(['--strict']);
    expect(offers(shell, 'instrument_server -f fi')).toEqual(['file.ini']);
    expect(offers(shell, 'instrument_server --state-dir fo')).toEqual(['folder/']);
    expect(offers(shell, 'instrument_server -u roo')).toEqual(['root']);
    expect(offers(shell, 'instrument_server -f status st').sort()).toEqual(['start', 'status', 'stop']);
    expect(offers(shell, 'instrument_server collector --stall au')).toEqual(['authenticate']);
    expect(offers(shell, 'instrument_server completion fi')).toEqual(['fish']);
    expect(offers(shell, 'instrument_server backup fi')).toEqual(['file.ini']);
    expect(offers(shell, 'instrument_server import ').sort()).toEqual(['munin', 'nagios', 'telegraf']);
    expect(offers(shell, 'instrument_server import munin fi')).toEqual(['file.ini']);
  });

  test("completes the running agent's plugins, and is silent when none runs", async () => {
    const [shell, state] = [installed('fish'), await withPlugins()];
    expect(offers(shell, `instrument_server --state-dir ${state} status `)).toEqual([...plugins].sort());
    expect(offers(shell, `instrument_server run --state-dir='${state}' unu`)).toEqual(['unusual.sh']);
    expect(offers(shell, `instrument_server --state-dir ${shell.dir}/none status `)).toEqual([]);
    expect(shell.run('ls', 'made').lines).toEqual([]);
  });
});
