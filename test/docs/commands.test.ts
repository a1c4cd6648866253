import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseArgs } from '../../src/cli/args.ts';
import { allPages, codeBlocks, pageText, projectRoot, spansOf } from '../helpers/pages.ts';
import { shellCommands } from '../helpers/shell-commands.ts';

/** The programs of others that pages show, each with the reason why a reader has it. */
const otherPrograms: readonly (readonly [reason: string, names: string])[] = [
  [
    'every system has them (POSIX)',
    '[ cat cd chmod cp cut du echo find grep kill ls mkdir mv printf ps rm sort type umask',
  ],
  ['every Linux has it', 'install useradd tar'],
  ['a package manager, on the row of its system', 'apt dnf npm'],
  ['the service manager, in a part about it', 'systemctl journalctl'],
  ['the engine of containers, in the part about it', 'docker'],
  ['Node, which the npm package needs', 'node'],
  ['optional, for one who asks the agent from a program', 'curl jq'],
  ['of Prometheus, on the page about its rules', 'promtool'],
  ['reaches a host from another one', 'ssh'],
  ['a placeholder for a program of the reader', 'my-daemon'],
  ['the Ruby agent, in the part about its end', '/path/to/the/gem/instrument_server'],
  ['is in the archive: test/packaging/tarball.test.ts runs it', 'instrument-server-VERSION-linux-x64/install.sh'],
];

/** The words behind a program of others that its manual knows, as far as pages show them. */
const subcommands: Readonly<Record<string, readonly string[]>> = {
  apt: ['install', 'purge', 'remove'],
  dnf: ['install', 'remove'],
  docker: ['build', 'cp', 'exec', 'rm', 'run', 'start', 'stop', 'volume'],
  npm: ['ci', 'install', 'pack', 'run', 'start', 'test', 'uninstall'],
  systemctl: ['daemon-reload', 'edit', 'enable', 'kill', 'reload', 'restart', 'start', 'status', 'stop'],
};

/** What begins like a path of the project and is made by a command. */
const madeFiles = /^(build|dist|node_modules)(\/|$)/;
const projectPath = /^(\.ci|bench|build|config|dist|docs|examples|fixtures|lint|packaging|soak|src|test)\/[\w./*-]+$/;
const installedPages = /^\/usr\/share\/doc\/instrument-server\//;
const { scripts, devDependencies } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
const otherNames = otherPrograms.flatMap(([, names]) => names.split(' '));

const ofBlocks = allPages.map((page) => {
  const blocks = codeBlocks(pageText(page));
  return [page, blocks.flatMap(({ language, text }) => shellCommands(typedPart(language, text)))] as const;
});

/** The commands of a block that a reader types. Scripts, which begin with `#!`, have none. */
function typedPart(language: string, text: string): string {
  if (language === 'console') return [...text.matchAll(/^\$ (.*)$/gm)].map(([, line]) => line).join('\n');
  return language === 'sh' && !text.startsWith('#!') ? text : '';
}

/** Says what is wrong with a command; null: it is right, as far as can be known before it runs. */
function faultOf(words: readonly string[]): string | null {
  const [name = '', ...args] = words;
  const missing = words.map(inProject).find((path) => path !== null && !existsSync(join(projectRoot, path)));
  if (missing) return `${missing} does not exist`;
  if (name === 'instrument_server') {
    const command = parseArgs(
      args.filter((word) => word !== '[flags]'),
      '0',
      ['instrument_server'],
    );
    return command.kind === 'usage-error' ? command.message : null;
  }
  const subcommand = args.find((word) => !word.startsWith('-')) ?? '';
  if (subcommands[name]?.includes(subcommand) === false)
    return `${name} has no command ${subcommand}, as far as this test knows`;
  const script = name === 'npm' ? npmScript(args) : null;
  if (script !== null) return script in scripts ? null : `package.json has no script ${script}`;
  if (name === 'npx' && args[0] === '--package') return faultOf(args.slice(2));
  if (name === 'npx') return (args[0] ?? '') in devDependencies ? null : `package.json does not name ${args[0]}`;
  if (otherNames.includes(name) || inProject(name) !== null) return null;
  return `${name} is not known; is it a program that a reader has? Then say why, in the list of this test`;
}

/** The path of the project that a word names; null: it names none, or one that a command makes. */
function inProject(word: string): string | null {
  const path = word.replace(installedPages, '');
  return (projectPath.test(path) && !madeFiles.test(path)) || path !== word ? path.replace(/\*.*/, '') : null;
}

function npmScript([first = '', ...rest]: readonly string[]): string | null {
  if (first === 'test' || first === 'start') return first;
  return first === 'run' ? (rest.find((word) => !word.startsWith('-')) ?? '') : null;
}

const faultsIn = (commands: readonly (readonly string[])[]) =>
  commands.flatMap((words) => {
    const fault = faultOf(words);
    return fault === null ? [] : [`${words.join(' ')}: ${fault}`];
  });

test.each(ofBlocks.filter(([, commands]) => commands.length > 0))(
  'every command that %s shows is one that can be typed',
  (_page, commands) => {
    expect(faultsIn(commands)).toEqual([]);
  },
);

test('a flag, a script of npm, a file or a program that is not there is found', () => {
  const shell =
    'instrument_server status --jsn; npm run tests; install config/none.ini /etc; apt instal x; npm; frobnicate';
  expect(faultsIn(shellCommands(shell))).toEqual([
    expect.stringMatching(/^instrument_server status --jsn: There is no flag/),
    'npm run tests: package.json has no script tests',
    'install config/none.ini /etc: config/none.ini does not exist',
    expect.stringMatching(/^apt instal x: apt has no command instal,/),
    expect.stringMatching(/^npm: npm has no command ,/),
    expect.stringMatching(/^frobnicate: frobnicate is not known/),
  ]);
});

/** A command in the text or a table of a page: a span that begins with a program and a blank. */
function isCommand(span: string): boolean {
  const [name = '', ...words] = span.split(' ');
  if (words.length === 0 || span.startsWith('npm warn ')) return false; // npm prints that
  return ['instrument_server', 'npx', ...otherNames].includes(name);
}

const inText = allPages.flatMap((page) => spansOf(pageText(page)));
const ofText = inText.filter(isCommand).map((span) => shellCommands(span.replaceAll('\\|', '|')));

test('every command in the text or a table of a page can be typed, and every path of the project is there', () => {
  expect(ofText.length).toBeGreaterThan(80);
  expect(faultsIn(ofText.flat())).toEqual([]);
  const paths = inText.flatMap((text) => text.split(' ').flatMap((word) => inProject(word) ?? []));
  expect(paths.length).toBeGreaterThan(100);
  expect(paths.filter((path) => !existsSync(join(projectRoot, path)))).toEqual([]);
});

test('the shell in the pages is shell: one that reads it all finds no mistake', () => {
  const blocks = allPages.flatMap((page) => codeBlocks(pageText(page)));
  const shell = blocks.flatMap(({ language, text }) => typedPart(language, text) || (language === 'sh' ? text : ''));
  expect(spawnSync('sh', ['-n'], { input: shell.join('\n'), encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  });
});

/** The folders of the home directory into which a block writes without making them first. */
function unmadeFolders(shell: string): readonly string[] {
  return [...shell.matchAll(/>\s*(?<folder>~\/\S+)\/[^\s/]+/g)].flatMap(({ index, groups }) => {
    const folder = groups?.['folder'] ?? '';
    const before = Math.max(shell.lastIndexOf('\n', index), shell.lastIndexOf('&&', index), 0);
    const made = shellCommands(shell.slice(0, before)).filter(([name]) => name === 'mkdir');
    const isMade = made.some((words) => words.includes('-p') && words.some((word) => isBelow(word, folder)));
    return isMade ? [] : [folder];
  });
}

/** Whether `mkdir -p` of a path makes this folder too. */
function isBelow(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`);
}

test('a block that writes into a folder of the home directory makes the folder first', () => {
  expect(
    unmadeFolders('mkdir -p ~/a/b ~/c && echo > ~/c/x\necho > ~/a/x && echo >> ~/d/e/x\necho >~/c/x > ~/x'),
  ).toEqual(['~/d/e']);
  const blocks = allPages.flatMap((page) => codeBlocks(pageText(page)));
  expect(blocks.flatMap(({ language, text }) => unmadeFolders(typedPart(language, text)))).toEqual([]);
});

test('every program of others that pages may show is shown by one', () => {
  const commands = [...ofBlocks.flatMap(([, ofPage]) => ofPage), ...ofText.flat()];
  const shown = new Set(commands.map(([name]) => name));
  expect(otherNames.filter((name) => !shown.has(name))).toEqual([]);
});

test('a command is found behind quotes, pipes, redirections, assignments and here-documents', () => {
  const shell = `cat > ~/x <<'END' && A=1 sudo env -u B ls 'a b' # c\nrm -r\nEND\nif ! echo "$(ps | wc)" 2>&1 | awk '{ }'; then cd /; fi`;
  expect(shellCommands(shell)).toEqual([['cat'], ['ls', 'a b'], ['echo', '$(ps | wc)'], ['awk', '{ }'], ['cd', '/']]);
});
