import { Command as Commander, CommanderError, Option } from 'commander';
import type { StandInOptions } from '../collector/stand-in-collector.ts';
import { allSettings, shownDefault } from '../config/schema.ts';
import type { Setting, SettingFlag } from '../config/setting.ts';
import { defaultFile } from '../config/source.ts';
import { formatNames } from '../model/format.ts';

/** The parts of a command line. */
export type CommandLine = {
  /** The values of flags by their long spelling. */
  readonly values: ReadonlyMap<string, string>;
  /** The words that are neither flags nor their values. */
  readonly words: readonly string[];
  /** The name of the first flag that does not exist. */
  readonly unknown: string | null;
  /** The word that it stands in, whole: it may hold a key. */
  readonly unknownWord: string | null;
};

/**
 * A flag as messages and the help show it (`-k, --api_key <KEY>`), its spellings, the name of its
 * value, and its description. `short` null: it has one spelling. `argument` null: it has no value.
 */
export type KnownFlag = {
  readonly shown: string;
  readonly short: string | null;
  readonly long: string;
  readonly argument: string | null;
  readonly does: string;
};

/** The steps at which the command `collector` can go silent. */
export const stallSteps: readonly NonNullable<StandInOptions['stall']>[] = ['hello', 'authenticate', 'data', 'close'];

/** The flags that set a key of the configuration. */
export const settingFlags: readonly SettingFlag[] = allSettings.flatMap(({ flag }) => flag ?? []);

const agentOptions: readonly Option[] = [
  ...allSettings.flatMap((row) => (row.flag ? [new Option(spelling(row.flag), describe(row, row.flag))] : [])),
  new Option(
    '-f, --config-file <FILE>',
    `Read this file, and the *.ini files in the folder of the same name that ends in .d (default: ${defaultFile})`,
  ),
  new Option('-t, --temp-dir <DIR>', 'Make the pipes of plugin runs in this directory (default: the state directory)'),
  new Option(
    '-p, --pid <FILE>',
    'The file for the process id of the agent (default: instrument_server.pid in the state directory)',
  ),
  new Option(
    '-u, --user <USER>',
    'As root: run as this user, a name or a number; the default state directory is still that of root',
  ),
];
const reportOptions: readonly Option[] = [
  new Option('--json', 'Print the answer as one JSON document'),
  new Option('--names', 'status: print only the file names of the plugins, for the completion of a shell'),
  new Option('--format <FORMAT>', `run, dev: read the output in this format: ${formatNames.join(', ')}`),
  new Option('--explain', 'run: show what differs between this shell and the agent, and run nothing'),
  new Option('--connect', 'check: also ask the collector whether it accepts the key'),
  new Option('--strict', 'check: count a warning as a problem'),
  new Option('--write <FILE>', 'import: make this new file, mode 0600, instead of printing'),
];
const collectorOptions: readonly Option[] = [
  new Option('--listen <HOST:PORT>', 'Listen here; port 0: any free port (default: 127.0.0.1:8000)'),
  new Option('--refuse', 'Answer `fail` to authenticate'),
  new Option('--reset-after <N>', 'Reset the connection after N data lines'),
  new Option('--stall <STEP>', `Go silent at this step: ${stallSteps.join(', ')}`),
  new Option('--never-close', 'Never close its own side of a connection'),
  new Option('--tls-cert <FILE>', 'Use TLS with this certificate (PEM); needs --tls-key'),
  new Option('--tls-key <FILE>', 'The private key of the certificate (PEM)'),
];
const infoOptions: readonly Option[] = [
  new Option('-h, --help', 'Show this text'),
  new Option('-v, --version', 'Show the version'),
];
const optionGroups = [
  { heading: 'Flags', options: [...agentOptions, ...infoOptions] },
  { heading: 'Flags of the commands status, check, run, dev and import', options: reportOptions },
  { heading: 'Flags of the command collector', options: collectorOptions },
];
const allOptions = optionGroups.flatMap(({ heading, options }) =>
  options.map((option) => option.helpGroup(`${heading}:`)),
);

/** Every flag there is. */
export const allFlags: readonly KnownFlag[] = allOptions.map(known);

/** Every flag, in the groups and the order of the help. */
export const flagGroups = optionGroups.map(({ heading, options }) => ({ heading, flags: options.map(known) }));

/** The flags by the commands that they belong to. */
export const flagsOf = {
  /** The flags of every command except `collector`. */
  agent: agentOptions.map(known),
  /** The flags of `status`, `check`, `run`, `dev` and `import` alone. */
  report: reportOptions.map(known),
  /** The flags of `collector` alone. */
  collector: collectorOptions.map(known),
} as const;

/**
 * Parses a command line; gives a message if a flag lacks its value. Flags may stand anywhere. `_`
 * and `-` mean the same in long spellings. If a flag is given twice, the last one wins.
 */
export function readWords(argv: readonly string[]): CommandLine | string {
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
    // Only the name of the unknown flag: the text after it may be a key.
    const unknownName = stranger && (/^--[^=]*|^-./s.exec(stranger)?.[0] ?? stranger);
    const holds = (word: string) => word.startsWith('-') && stranger !== null && word.endsWith(stranger.slice(1));
    return { values, words: operands, unknown: unknownName, unknownWord: argv.find(holds) ?? stranger };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return `\`${/'(.*)'/s.exec(error.message)?.[1] ?? error.message}\` needs a value.`;
  }
}

/** The first part of the help: usage, flags, and these commands with a description of each. */
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
  const short = flag.short === null ? '' : `${flag.short}, `;
  const argument = flag.argument === null ? '' : ` <${flag.argument}>`;
  return short + flag.long + argument;
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
  const [, argument = null] = /<(.*)>/.exec(option.flags) ?? [];
  return {
    shown: option.flags,
    short: option.short ?? null,
    long: longOf(option),
    argument,
    does: option.description,
  };
}

function longOf(option: Option): string {
  return option.long ?? option.flags;
}

function spellings(option: Option): readonly string[] {
  return [option.short, option.long].flatMap((flag) => flag ?? []);
}

/**
 * Splits `--dashboard HOST:PORT` into two flags. The word after `--dashboard` is its value only if
 * it looks like an address.
 */
function splitDashboard(word: string, index: number, words: readonly string[]): readonly string[] {
  const [flag, value] = [word.split('=', 1)[0] ?? '', word.slice('--dashboard='.length)];
  if (flag === '--dashboard' && word !== flag) return [flag, `--dashboard-listen=${value}`];
  return words[index - 1] === '--dashboard' && looksLikeAddress(word) ? [`--dashboard-listen=${word}`] : [word];
}

function looksLikeAddress(word: string): boolean {
  return /^(\[[\da-f:.]+\]|[\w.-]+):\d+$/i.test(word);
}

/** A long flag as the table spells it, even if `_` was typed for `-` or `-` for `_`. */
function usualSpelling(word: string): string {
  const [name = ''] = word.split('=', 1);
  const alike = allOptions
    .map(longOf)
    .find((long) => name.startsWith('--') && long.replaceAll('_', '-') === name.replaceAll('_', '-'));
  return alike === undefined ? word : alike + word.slice(name.length);
}
