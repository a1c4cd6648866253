import { flagGroups, type KnownFlag } from '../../src/cli/flags.ts';
import { commands, description, examples } from '../../src/cli/help.ts';
import { allSettings } from '../../src/config/schema.ts';
import { bold, items, literalTroff, type ManItem, manPage, paragraphs, verbatim } from './troff.ts';

const operands: Readonly<Partial<Record<string, string>>> = {
  status: '[NAME]',
  backup: 'FILE',
  import: 'SYSTEM PATH',
  run: 'SCRIPT',
  dev: 'SCRIPT',
  completion: 'SHELL',
};

const statuses: readonly ManItem[] = [
  { name: bold('0'), does: 'Done, or `stop` and `kill` found no agent.' },
  {
    name: bold('1'),
    does:
      'It could not be done, which a message on stderr explains; `check` found problems, which are on stdout; or ' +
      'the NAME of `status` selects no plugin, as the answer says.',
  },
  { name: bold('2'), does: 'A mistake in flags or configuration.' },
  { name: bold('3'), does: '`status` and `link`: no agent runs.' },
];

const files: readonly ManItem[] = [
  {
    name: bold('/etc/instrument_server.ini'),
    does: 'The configuration, unless `-f` names another file: see `instrument_server.ini`(5).',
  },
  {
    name: bold('/etc/instrument_server.d/*.ini'),
    does: 'More of it, in the order of their names. Later files win key by key.',
  },
  {
    name: bold('/var/lib/instrument_server'),
    does:
      'The state directory of root: the database, the lock, the socket for the other commands. ' +
      'Other users have theirs in `~/.local/state/instrument_server`.',
  },
  { name: bold('~/.instrumental_scripts'), does: 'The scripts, unless `-s` names another directory.' },
];

/** The page `instrument_server(1)`, from the tables that the help is made of. */
export function commandManPage(version: string): string {
  const variables = allSettings.flatMap(({ variable, section, key }) =>
    variable === null ? [] : [{ name: bold(variable), does: `Sets \`${key}\` of [${section}]. Flags win over it.` }],
  );
  return manPage({ name: 'instrument_server', chapter: 1, version }, [
    ['NAME', 'instrument_server \\- host agent that runs scripts and ships their numbers\n'],
    ['SYNOPSIS', `.B instrument_server\n[\\fIflags\\fR] [\\fIcommand\\fR]\n`],
    [
      'DESCRIPTION',
      paragraphs(
        description.replace('\n', ' '),
        'A script that is still running at the next tick is skipped: never killed, never started twice. ' +
          'Samples wait on disk until they are delivered.',
        'Flags may stand anywhere. In a long flag, `_` and `-` mean the same. The word `--` ends the flags.',
      ),
    ],
    [
      'COMMANDS',
      items(
        Object.entries(commands).map(([name, does]) => ({
          name: `${bold(name)}${operandOf(name)}`,
          does: `${does.charAt(0).toUpperCase()}${does.slice(1)}.`,
        })),
      ),
    ],
    ...flagGroups.map(({ heading, flags }) => [heading.toUpperCase(), items(flags.map(flagItem))] as const),
    ['EXIT STATUS', `${paragraphs("`run` ends with the script's exit status. Otherwise:")}${items(statuses)}`],
    ['ENVIRONMENT', items(variables)],
    ['FILES', items(files)],
    ['EXAMPLES', exampleLines()],
    ['SEE ALSO', paragraphs('`instrument_server.ini`(5), and the documentation beside the program.')],
  ]);
}

function operandOf(command: string): string {
  const operand = operands[command];
  return operand === undefined ? '' : ` \\fI${literalTroff(operand)}\\fR`;
}

function flagItem({ short, long, argument, does }: KnownFlag): ManItem {
  const spellings = [short, long].flatMap((flag) => (flag === null ? [] : bold(flag))).join(', ');
  return { name: argument === null ? spellings : `${spellings} \\fI${literalTroff(argument)}\\fR`, does: `${does}.` };
}

/** Each command, and below it what it does. */
function exampleLines(): string {
  return examples
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [command = '', does = ''] = line.split(/ {2,}/);
      return does === '' ? verbatim(command) : `${verbatim(command)}.RS\n${literalTroff(does)}\n.RE\n`;
    })
    .join('');
}
