import { Command as Commander, CommanderError, Option } from 'commander';
import type { CollectorOptions } from '../collector/collector.ts';
import { allSettings, shownDefault } from '../config/schema.ts';
import type { Setting, SettingFlag } from '../config/setting.ts';
import { defaultFile } from '../config/source.ts';

/** The words of a command line, taken apart. Values go by the flag's long spelling; `unknown` is the name of the first flag that does not exist. */
export type Typed = {
  readonly values: ReadonlyMap<string, string>;
  readonly words: readonly string[];
  readonly unknown: string | null;
};

/** A flag as it is written in messages and in the help (`-k, --api_key <KEY>`), and its long spelling. */
export type KnownFlag = { readonly shown: string; readonly long: string };

/** The steps at which the command `collector` can go silent. */
export const stallSteps: readonly NonNullable<CollectorOptions['stall']>[] = ['hello', 'authenticate', 'data', 'close'];

/** The flags that give a key of the configuration. */
export const settingFlags: readonly SettingFlag[] = allSettings.flatMap(({ flag }) => flag ?? []);

const agentOptions: readonly Option[] = [
  ...allSettings.flatMap((row) => (row.flag ? [new Option(spelling(row.flag), describe(row, row.flag))] : [])),
  new Option(
    '-f, --config-file <FILE>',
    `Read this file, and the *.ini in the folder beside it that ends in .d (default: ${defaultFile})`,
  ),
  new Option('-t, --temp-dir <DIR>', 'Where the pipes of plugin runs are made (default: the state directory)'),
  new Option(
    '-p, --pid <FILE>',
    'Where the agent keeps its process id (default: instrument_server.pid in the state directory)',
  ),
  new Option(
    '-u, --user <USER>',
    'As root: run as this user, a name or a number; the state directory stays the one of root',
  ),
];
const reportOptions: readonly Option[] = [
  new Option('--json', 'The answer as one JSON document'),
  new Option('--explain', 'run: what differs between this shell and the agent, instead of a run'),
  new Option('--connect', 'check: also ask the collector whether it takes the key'),
  new Option('--strict', 'check: a warning counts as a problem'),
];
const collectorOptions: readonly Option[] = [
  new Option('--listen <HOST:PORT>', 'Listen here; port 0: any free one (default: 127.0.0.1:8000)'),
  new Option('--refuse', 'Answer `fail` to authenticate'),
  new Option('--reset-after <N>', 'Reset the connection after N data lines'),
  new Option('--stall <STEP>', `Go silent at this step: ${stallSteps.join(', ')}`),
  new Option('--never-close', 'Never close its own side of a connection'),
  new Option('--tls-cert <FILE>', 'Speak TLS with this certificate (PEM); needs --tls-key'),
  new Option('--tls-key <FILE>', 'The private key of the certificate (PEM)'),
];
const infoOptions: readonly Option[] = [
  new Option('-h, --help', 'Show this text'),
  new Option('-v, --version', 'Show the version'),
];
const allOptions = [
  ...[...agentOptions, ...infoOptions].map((option) => option.helpGroup('Flags:')),
  ...reportOptions.map((option) => option.helpGroup('Flags of the commands status, check and run:')),
  ...collectorOptions.map((option) => option.helpGroup('Flags of the command collector:')),
];

/** Every flag there is. */
export const allFlags: readonly KnownFlag[] = allOptions.map(known);

/** Those of every command but `collector`, those of `status`, `check` and `run` alone, and those of `collector` alone. */
export const flagsOf = {
  agent: agentOptions.map(known),
  report: reportOptions.map(known),
  collector: collectorOptions.map(known),
} as const;

/** Takes the words apart. Flags stand anywhere; `_` and `-` are alike in their long spellings; of a flag given twice the last counts. Gives a message where that fails. */
export function readWords(argv: readonly string[]): Typed | string {
  const program = commander();
  try {
    const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
    const words = argv.map((word, index) => (index < end ? usualSpelling(word) : word));
    const { operands, unknown } = program.parseOptions(words.flatMap(splitDashboard));
    const values = new Map<string, string>();
    for (const option of allOptions) {
      const value: unknown = program.getOptionValue(option.attributeName());
      if (value === undefined) continue;
      if (typeof value === 'string' && allOptions.some((other) => spellings(other).includes(value)))
        return `\`${option.flags}\` needs a value, but the flag \`${value}\` follows it.`;
      values.set(longOf(option), String(value));
    }
    const stranger = unknown[0] ?? null;
    // No more of it than its name: what follows may be a key.
    return { values, words: operands, unknown: stranger && (/^--[^=]*|^-./s.exec(stranger)?.[0] ?? stranger) };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return `\`${/'(.*)'/s.exec(error.message)?.[1] ?? error.message}\` needs a value.`;
  }
}

/** The first part of the help: usage, flags, and these commands with what each does. */
export function usageText(description: string, commands: Readonly<Record<string, string>>): string {
  const program = commander().description(description);
  for (const [name, does] of Object.entries(commands)) program.command(name).usage(' ').description(does);
  return program.helpInformation();
}

function commander(): Commander {
  const program = new Commander('instrument_server')
    .usage('[flags] [command]')
    .helpOption(false)
    .helpCommand(false)
    .exitOverride();
  program.configureOutput({
    writeOut: () => {},
    writeErr: () => {},
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  });
  for (const option of allOptions) program.addOption(option);
  return program;
}

function spelling(flag: SettingFlag): string {
  return `${flag.short === null ? '' : `${flag.short}, `}${flag.long}${flag.argument === null ? '' : ` <${flag.argument}>`}`;
}

function describe(row: Setting<unknown>, flag: SettingFlag): string {
  const key = `[${row.section}] ${row.key}`;
  const [does, aside] =
    flag.argument === null
      ? [flag.does, `${key} = ${flag.means}`]
      : [row.does, `${key}; default: ${shownDefault(row)}`];
  return `${does.replace(/\.$/, '')} (${aside})`.replaceAll('`', '');
}

function known(option: Option): KnownFlag {
  return { shown: option.flags, long: longOf(option) };
}

function longOf(option: Option): string {
  return option.long ?? option.flags;
}

function spellings(option: Option): readonly string[] {
  return [option.short, option.long].flatMap((flag) => flag ?? []);
}

/** `--dashboard HOST:PORT` is two flags in one; the word behind `--dashboard` is its value only if it looks like one. */
function splitDashboard(word: string, index: number, words: readonly string[]): readonly string[] {
  const [flag, value] = [word.split('=', 1)[0] ?? '', word.slice('--dashboard='.length)];
  if (flag === '--dashboard' && word !== flag) return [flag, `--dashboard-listen=${value}`];
  return words[index - 1] === '--dashboard' && looksLikeAddress(word) ? [`--dashboard-listen=${word}`] : [word];
}

function looksLikeAddress(word: string): boolean {
  return /^(\[[\da-f:.]+\]|[\w.-]+):\d+$/i.test(word);
}

/** A long flag as the table spells it, whichever of `_` and `-` was typed. */
function usualSpelling(word: string): string {
  const [name = ''] = word.split('=', 1);
  const alike = allOptions
    .map(longOf)
    .find((long) => name.startsWith('--') && long.replaceAll('_', '-') === name.replaceAll('_', '-'));
  return alike === undefined ? word : alike + word.slice(name.length);
}
