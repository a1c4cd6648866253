import type { StandInOptions } from '../collector/stand-in-collector.ts';
import type { Flags } from '../config/resolve.ts';
import type { SettingFlag } from '../config/setting.ts';
import { type FormatName, formatNames } from '../model/format.ts';
import { parseHostPort } from '../words/addresses.ts';
import { closest } from '../words/closest.ts';
import { shellLine } from '../words/own-command.ts';
import { type CommandName, flagsTakenBy, reportFlags } from './command-flags.ts';
import { completionScript } from './completion/script.ts';
import { shells } from './completion/tables.ts';
import { allFlags, flagsOf, type KnownFlag, readWords, settingFlags, stallSteps } from './flags.ts';
import { commands, helpText } from './help.ts';
import type { ImportRequest } from './import/import.ts';
import { importSystems, usualPaths } from './import/imported.ts';
import {
  eatenScript,
  helpCommand,
  type Misuse,
  misuse,
  scriptCommands,
  shownWord,
  unknownCommand,
  unknownFlag,
  unknownScript,
} from './misuse.ts';

/**
 * What a command line asks for. `text` ends in a line end. `message` is one or two lines and does
 * not end in a line end.
 */
export type Command =
  | { readonly kind: 'foreground' | 'start' | 'restart' | 'stop' | 'kill' | 'clean'; readonly flags: Flags }
  | { readonly kind: 'link'; readonly flags: Flags }
  | { readonly kind: 'backup'; readonly flags: Flags; readonly file: string }
  | ({ readonly kind: 'import' } & ImportRequest)
  /** `plugin`: the name or file name of one plugin to show; null: all are shown. */
  | { readonly kind: 'status'; readonly flags: Flags; readonly plugin: string | null; readonly isJson: boolean }
  /** `status --names`: the file names of all plugins, for a shell's completion. */
  | { readonly kind: 'names'; readonly flags: Flags }
  | {
      readonly kind: 'check';
      readonly flags: Flags;
      readonly isJson: boolean;
      readonly connects: boolean;
      readonly isStrict: boolean;
    }
  | {
      readonly kind: 'run';
      readonly flags: Flags;
      readonly script: string;
      readonly format: FormatName | null;
      readonly isJson: boolean;
      readonly explains: boolean;
    }
  | { readonly kind: 'dev'; readonly flags: Flags; readonly script: string; readonly format: FormatName | null }
  | { readonly kind: 'collector'; readonly options: StandInOptions }
  | { readonly kind: 'help' | 'version' | 'completion'; readonly text: string }
  | { readonly kind: 'usage-error'; readonly message: string };

/** The commands that take a word behind them. */
const operandCommands: readonly string[] = [...scriptCommands, 'backup', 'completion'];

/**
 * Parses the words after the program's name. The values of flags that set a key are checked later,
 * with the configuration. `program` are the words that start it. Never throws.
 */
export function parseArgs(argv: readonly string[], version: string, program: readonly string[]): Command {
  const parsed = parseWords(argv, version, program);
  if (parsed.kind !== 'misuse') return parsed;
  const { what, instead } = parsed;
  return { kind: 'usage-error', message: `${what}\n${instead ?? `Type: ${helpCommand(program)}`}` };
}

function parseWords(argv: readonly string[], version: string, program: readonly string[]): Command | Misuse {
  const typed = readWords(argv);
  if (typeof typed === 'string') return misuse(typed);
  const { values, words, unknown } = typed;
  const start = [...program, ...finding(values)];
  if (values.has('--help') || (words[0] === 'help' && unknown === null)) return { kind: 'help', text: helpText() };
  if (values.has('--version')) return { kind: 'version', text: `instrument_server ${version}\n` };

  const [word = 'foreground', ...rest] = words;
  if (unknown !== null) return unknownScript(typed, start) ?? unknownFlag(unknown, program);
  if (!isCommand(word)) return unknownCommand(word, program);
  const operands = rest.slice(0, word === 'import' ? 2 : operandCommands.includes(word) ? 1 : 0);
  const [operand] = operands;
  const excess = rest[operands.length];
  if (excess !== undefined) return misuse(`\`${shownWord(excess)}\` was not expected after \`${word}\`.`);

  const foreign = allFlags.find(({ long }) => values.has(long) && !takes(word, long));
  if (foreign)
    return misuse(
      `\`${foreign.shown}\` means nothing to the command \`${word}\`.`,
      insteadOf(word, foreign, program, start),
    );
  if (word === 'collector') return collectorCommand(values);
  const flags = agentFlags(values);
  if (word === 'status') return statusCommand(flags, operand ?? null, values);
  if (word === 'check')
    return {
      kind: word,
      flags,
      isJson: values.has('--json'),
      connects: values.has('--connect'),
      isStrict: values.has('--strict'),
    };
  if (word === 'backup')
    return operand === undefined
      ? misuse('`backup` needs a file.', `Type, say: ${shellLine([...start, word], ['./instrument_server.db'])}`)
      : { kind: word, flags, file: operand };
  if (word === 'import') return importCommand(flags, operands, values, start);
  if (word === 'completion') {
    const shell = shells.find((name) => name === operand);
    if (shell !== undefined) return { kind: word, text: completionScript(shell) };
    const each = shells.map((name) => shellLine([...program, word, name], []));
    return misuse('`completion` needs the name of a shell.', `Type one of: ${each.join(', ')}`);
  }
  if (word === 'run' || word === 'dev') {
    if (operand === undefined)
      return misuse(
        `\`${word}\` needs a script.`,
        eatenScript(argv, typed, start) ?? `Type, say: ${shellLine([...start, word], ['./mine.sh'])}`,
      );
    const format = formatOf(values);
    if (format !== null && typeof format !== 'string') return format;
    if (word === 'dev') return { kind: word, flags, script: operand, format };
    if (values.has('--json') && values.has('--explain'))
      return misuse('`--explain` has no `--json`.', 'Leave one of them out.');
    const [isJson, explains] = [values.has('--json'), values.has('--explain')];
    return { kind: word, flags, script: operand, format, isJson, explains };
  }
  if (word === 'link') return { kind: word, flags };
  return { kind: word, flags };
}

/** The format that `--format` names; null: it is not given. */
function formatOf(values: ReadonlyMap<string, string>): FormatName | null | Misuse {
  const name = values.get('--format');
  if (name === undefined) return null;
  const found = formatNames.find((one) => one === name);
  if (found !== undefined) return found;
  const meant = closest(name.toLowerCase(), formatNames);
  const instead = `Type one of: ${formatNames.map((one) => `--format ${one}`).join(', ')}`;
  return misuse(
    `\`--format ${shownWord(name)}\` is not a format.`,
    meant === null ? instead : `Did you mean \`--format ${meant}\`? If not: ${instead}`,
  );
}

function statusCommand(flags: Flags, plugin: string | null, values: ReadonlyMap<string, string>): Command | Misuse {
  const isJson = values.has('--json');
  if (!values.has('--names')) return { kind: 'status', flags, plugin, isJson };
  if (!isJson && plugin === null) return { kind: 'names', flags };
  return misuse('`--names` is about all plugins, and has no `--json`.', 'Leave one of them out.');
}

function importCommand(
  flags: Flags,
  [name, path]: readonly string[],
  values: ReadonlyMap<string, string>,
  start: readonly string[],
): Command | Misuse {
  const lines = importSystems.map((system) => shellLine([...start, 'import', system], [usualPaths[system]]));
  const system = importSystems.find((each) => each === name);
  if (name === undefined) return misuse('`import` needs a system, and a path.', `Type, say: ${lines.join(', or: ')}`);
  if (system === undefined)
    return misuse(`\`import\` does not know the system \`${shownWord(name)}\`.`, `Type one of: ${lines.join(', ')}`);
  if (path === undefined)
    return misuse(
      `\`import ${system}\` needs a path.`,
      `Type, say: ${shellLine([...start, 'import', system], [usualPaths[system]])}`,
    );
  return { kind: 'import', flags, system, path, file: values.get('--write') ?? null };
}

function isCommand(word: string): word is CommandName {
  return word !== 'help' && Object.hasOwn(commands, word);
}

function takes(command: CommandName, flag: string): boolean {
  return flagsTakenBy(command).some(({ long }) => long === flag);
}

/** What to type instead of a flag that means nothing to a command. */
function insteadOf(
  command: CommandName,
  { long }: KnownFlag,
  program: readonly string[],
  start: readonly string[],
): string {
  if (flagsOf.collector.some((flag) => flag.long === long))
    return `Type: ${shellLine([...program, 'collector'], [])}, and the flags after it.`;
  const takers = Object.entries(reportFlags).flatMap(([name, flags]) => (flags.includes(long) ? [name] : []));
  if (command === 'collector' || takers.length === 0) return 'Leave it out.';
  return `Type: ${takers.map((name) => shellLine([...start, name, long], [])).join(', or: ')}`;
}

function agentFlags(values: ReadonlyMap<string, string>): Flags {
  return {
    configFile: values.get('--config-file') ?? null,
    tempDir: values.get('--temp-dir') ?? null,
    pidFile: values.get('--pid') ?? null,
    user: values.get('--user') ?? null,
    given: new Map(settingFlags.flatMap((flag) => entryOf(flag, values))),
  };
}

function entryOf(flag: SettingFlag, values: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  const value = values.get(flag.long);
  return value === undefined ? [] : [[flag.long, flag.argument === null ? flag.means : value]];
}

function collectorCommand(values: ReadonlyMap<string, string>): Command | Misuse {
  const listen = parseHostPort(values.get('--listen') ?? '127.0.0.1:8000');
  if (!listen || listen.port === null)
    return misuse('`--listen` is not HOST:PORT.', 'Type, say: --listen 127.0.0.1:8000, or --listen [::1]:0');
  const lines = values.get('--reset-after') ?? null;
  if (lines !== null && !/^[1-9]\d{0,8}$/.test(lines))
    return misuse('`--reset-after` is not a number of lines.', 'Type, say: --reset-after 10');
  const step = values.get('--stall') ?? null;
  const stall = stallSteps.find((name) => name === step) ?? null;
  if (step !== null && stall === null)
    return misuse('`--stall` is not a step.', `Type one of: ${stallSteps.map((name) => `--stall ${name}`).join(', ')}`);
  const certFile = values.get('--tls-cert');
  const keyFile = values.get('--tls-key');
  if ((certFile === undefined) !== (keyFile === undefined))
    return misuse('`--tls-cert` and `--tls-key` need each other.', 'Type: --tls-cert FILE --tls-key FILE');
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

/** The flags among those that were typed by which a command finds an agent. None is a secret. */
function finding(values: ReadonlyMap<string, string>): readonly string[] {
  return ['--user', '--config-file', '--state-dir'].flatMap((flag) => {
    const value = values.get(flag);
    return value === undefined ? [] : [flag, value];
  });
}
