import { Command as Commander, CommanderError, Option } from 'commander';
import type { CollectorOptions } from '../collector/collector.ts';
import { parseHostPort } from '../config/network-values.ts';
import type { Flags } from '../config/resolve.ts';
import { allSettings, shownDefault } from '../config/schema.ts';
import { type Setting, type SettingFlag, sections } from '../config/setting.ts';
import { defaultFile } from '../config/source.ts';
import { closest } from '../model/closest.ts';

/** What a command line asks for. `text` is whole and ends in a line end; `message` is one or two lines without one. */
export type Command =
  | { readonly kind: 'foreground'; readonly flags: Flags }
  | { readonly kind: 'collector'; readonly options: CollectorOptions }
  | { readonly kind: 'help' | 'version'; readonly text: string }
  | { readonly kind: 'usage-error'; readonly message: string };

type Typed = { readonly values: ReadonlyMap<string, string>; readonly words: readonly string[]; readonly unknown: string | null };

const stallSteps: readonly NonNullable<CollectorOptions['stall']>[] = ['hello', 'authenticate', 'data', 'close'];
const commands = {
  foreground: 'run here until stopped; the default',
  collector: 'a make-believe collector, for trying things out',
  help: 'this text',
};

const foregroundInstead = 'type: instrument_server [flags] foreground, and let systemd or another supervisor run it';
const scriptInstead = 'type: instrument_server -e -s DIR foreground, without a key; the samples of the scripts in DIR are printed';
const laterCommands = new Map([
  ...['start', 'restart'].map((word) => [word, foregroundInstead] as const),
  ...['stop', 'kill', 'clean'].map((word) => [word, 'stop it with Ctrl-C where it runs in the foreground, or with: kill PID'] as const),
  ['status', 'look at what it logs; with --debug it logs every run'],
  ['check', 'type: instrument_server [flags] foreground, which names every problem of the configuration before it begins'],
  ...['run', 'dev'].map((word) => [word, scriptInstead] as const),
]);
const laterFlags = new Map([
  ...['-p', '--pid'].map((flag) => [flag, foregroundInstead] as const),
  ...['-u', '--user'].map((flag) => [flag, 'start it as that user, such as: sudo -u USER instrument_server [flags] foreground'] as const),
  ['--dashboard', 'leave it out; with --debug every run is logged'],
]);

const flagged = allSettings.flatMap((row) => (row.flag ? [{ row, flag: row.flag }] : []));
const agentOptions: readonly Option[] = [
  ...flagged.map(({ row, flag }) => new Option(spelling(flag), describe(row, flag))),
  new Option('-f, --config-file <FILE>', `Read this file, and the *.ini in the folder beside it that ends in .d (default: ${defaultFile})`),
  new Option('-t, --temp-dir <DIR>', 'Where the pipes of plugin runs are made (default: the state directory)'),
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
const infoOptions: readonly Option[] = [new Option('-h, --help', 'Show this text'), new Option('-v, --version', 'Show the version')];
const allOptions = [
  ...[...agentOptions, ...infoOptions].map((option) => option.helpGroup('Flags:')),
  ...collectorOptions.map((option) => option.helpGroup('Flags of the command collector:')),
];

/**
 * Reads the words after the program's name. Flags stand anywhere; `_` and `-` are alike in their long spellings; of a flag
 * given twice the last counts. Configuration values are not judged here. Neither writes nor exits nor throws.
 */
export function parseArgs(argv: readonly string[], version: string): Command {
  const typed = readWords(argv);
  if (typeof typed === 'string') return usageError(typed);
  const { values, words, unknown } = typed;
  if (values.has('--help') || (words[0] === 'help' && unknown === null)) return { kind: 'help', text: helpText() };
  if (values.has('--version')) return { kind: 'version', text: `instrument_server ${version}\n` };

  const [word = 'foreground', excess] = words;
  const later = laterCommands.get(word) ?? (unknown === null ? undefined : laterFlags.get(unknown));
  if (later !== undefined)
    return usageError(`\`${laterCommands.has(word) ? word : unknown}\` is not available in this version.`, capitalized(later));
  if (unknown !== null) return unknownFlag(unknown);
  if (word !== 'foreground' && word !== 'collector') return unknownCommand(word);
  if (excess !== undefined) return usageError(`\`${shown(excess)}\` was not expected after \`${word}\`.`, seeHelp);

  const foreign = (word === 'foreground' ? collectorOptions : agentOptions).find((option) => values.has(longOf(option)));
  if (foreign) {
    const instead = word === 'foreground' ? 'Type: instrument_server collector, and the flags behind it.' : 'Leave it out.';
    return usageError(`\`${foreign.flags}\` means nothing to the command \`${word}\`.`, instead);
  }
  if (word === 'collector') return collectorCommand(values);
  const given = new Map(flagged.flatMap(({ flag }) => entryOf(flag, values)));
  return {
    kind: 'foreground',
    flags: { configFile: values.get('--config-file') ?? null, tempDir: values.get('--temp-dir') ?? null, given },
  };
}

/** Lets commander take the words apart. Gives a message where that fails. */
function readWords(argv: readonly string[]): Typed | string {
  const program = commander(allOptions);
  try {
    const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
    const { operands, unknown } = program.parseOptions(argv.map((word, index) => (index < end ? usualSpelling(word) : word)));
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

function collectorCommand(values: ReadonlyMap<string, string>): Command {
  const listen = parseHostPort(values.get('--listen') ?? '127.0.0.1:8000');
  if (!listen || listen.port === null)
    return usageError('`--listen` is not HOST:PORT.', 'Type, say: --listen 127.0.0.1:8000, or --listen [::1]:0');
  const lines = values.get('--reset-after') ?? null;
  if (lines !== null && !/^[1-9]\d{0,8}$/.test(lines))
    return usageError('`--reset-after` is not a number of lines.', 'Type, say: --reset-after 10');
  const step = values.get('--stall') ?? null;
  const stall = stallSteps.find((name) => name === step) ?? null;
  if (step !== null && stall === null)
    return usageError('`--stall` is not a step.', `Type one of: ${stallSteps.map((name) => `--stall ${name}`).join(', ')}`);
  const certFile = values.get('--tls-cert');
  const keyFile = values.get('--tls-key');
  if ((certFile === undefined) !== (keyFile === undefined))
    return usageError('`--tls-cert` and `--tls-key` need each other.', 'Type: --tls-cert FILE --tls-key FILE');
  return {
    kind: 'collector',
    options: {
      listen: { host: listen.host, port: listen.port },
      refuse: values.has('--refuse'),
      resetAfter: lines === null ? null : Number(lines),
      stall,
      neverClose: values.has('--never-close'),
      tls: certFile === undefined || keyFile === undefined ? null : { certFile, keyFile },
    },
  };
}

function commander(options: readonly Option[]): Commander {
  const program = new Commander('instrument_server').usage('[flags] [command]').helpOption(false).helpCommand(false).exitOverride();
  program.configureOutput({ writeOut: () => {}, writeErr: () => {}, getOutHelpWidth: () => 100, getOutHasColors: () => false });
  for (const option of options) program.addOption(option);
  return program;
}

function helpText(): string {
  const program = commander(allOptions).description(
    "Runs the scripts of a directory at every interval and sends the numbers they print,\nbeside the host's own metrics.",
  );
  for (const [name, does] of Object.entries(commands)) program.command(name).usage(' ').description(does);
  const indent = Math.max(...sections.map(({ name }) => name.length)) + '  [] '.length;
  const keys = sections.map(({ name }) => {
    const ofSection = allSettings.flatMap((row) => (row.section === name ? [row.key] : []));
    return `  [${name}]`.padEnd(indent) + wrapped(ofSection, 100 - indent).join(`\n${' '.repeat(indent)}`);
  });
  const variables = allSettings.flatMap((row) => row.variable ?? []).join(', ');
  return `${program.helpInformation()}
Configuration: flags win over the environment (${variables}), that over files, those over defaults.
${keys.join('\n')}

Examples:
  instrument_server -k YOUR_API_KEY                     sends the host's metrics every 30 seconds
  instrument_server -k YOUR_API_KEY -e                  and those of the scripts in ~/.instrumental_scripts
  instrument_server -e -s ./scripts -r 5                no key: prints what would be sent
  instrument_server collector --listen 127.0.0.1:8000   something to send to:
  instrument_server -k any -c 127.0.0.1:8000 -e
`;
}

/** The words with commas between them, in lines of at most `width` characters. */
function wrapped(words: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)}, ${word}`;
    if (lines.length > 0 && longer.length < width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line},` : line));
}

const seeHelp = 'Type: instrument_server --help';

function unknownFlag(flag: string): Command {
  if (allOptions.some((option) => option.long === flag)) return usageError(`\`${flag}\` takes no value.`, `Type: ${flag}`);
  const meant = flag.startsWith('--') ? closest(flag, allOptions.map(longOf)) : null;
  return usageError(
    `There is no flag \`${shown(flag)}\`.`,
    meant === null ? seeHelp : `Did you mean \`${meant}\`? If not: instrument_server --help`,
  );
}

function unknownCommand(word: string): Command {
  const meant = closest(word, [...Object.keys(commands), ...laterCommands.keys()]);
  const later = meant === null ? undefined : laterCommands.get(meant);
  const hint = later === undefined ? 'If not: instrument_server --help' : `It is not available in this version; ${later}`;
  return usageError(`There is no command \`${shown(word)}\`.`, meant === null ? seeHelp : `Did you mean \`${meant}\`? ${hint}`);
}

/** A typed word fit for one line on a terminal. */
function shown(word: string): string {
  return word.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?').slice(0, 60);
}

function usageError(what: string, instead = seeHelp): Command {
  return { kind: 'usage-error', message: `${what}\n${instead}` };
}

function capitalized(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

function entryOf(flag: SettingFlag, values: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  const value = values.get(flag.long);
  return value === undefined ? [] : [[flag.long, flag.argument === null ? flag.means : value]];
}

function spelling(flag: SettingFlag): string {
  return `${flag.short === null ? '' : `${flag.short}, `}${flag.long}${flag.argument === null ? '' : ` <${flag.argument}>`}`;
}

function describe(row: Setting<unknown>, flag: SettingFlag): string {
  const key = `[${row.section}] ${row.key}`;
  const [does, aside] =
    flag.argument === null ? [flag.does, `${key} = ${flag.means}`] : [row.does, `${key}; default: ${shownDefault(row)}`];
  return `${does.replace(/\.$/, '')} (${aside})`.replaceAll('`', '');
}

function longOf(option: Option): string {
  return option.long ?? option.flags;
}

function spellings(option: Option): readonly string[] {
  return [option.short, option.long].flatMap((flag) => flag ?? []);
}

/** A long flag as the table spells it, whichever of `_` and `-` was typed. */
function usualSpelling(word: string): string {
  const [name = ''] = word.split('=', 1);
  const alike = allOptions.map(longOf).find((long) => name.startsWith('--') && long.replaceAll('_', '-') === name.replaceAll('_', '-'));
  return alike === undefined ? word : alike + word.slice(name.length);
}
