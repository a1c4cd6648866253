import {
  type CompletedFlag,
  commandsWithFlags,
  commonFlags,
  completedCommands,
  type FlagValue,
  fileCommands,
  findingSpellings,
  pluginCommands,
  shells,
  systems,
  valuedSpellings,
} from './tables.ts';

/** The completion for fish. */
export function fishCompletion(): string {
  const own = commandsWithFlags.flatMap(({ name, flags }) => {
    const others = flags.filter(({ long }) => !commonFlags.some((common) => common.long === long));
    return others.map((flag) => flagLine(flag, `-n '__instrument_server_is ${name}' `));
  });
  const common = commonFlags.map((flag) => flagLine(flag, "-n 'not __instrument_server_is collector' "));
  const lines = completedCommands.map(
    ({ name, does }) => `complete -c instrument_server -n __instrument_server_is -a ${name} -d ${fishQuoted(does)}`,
  );
  return `# The completion of instrument_server for fish: instrument_server completion fish
function __instrument_server_words
    commandline -xpc 2>/dev/null; or commandline -opc
end
# Whether the command on the line is one of these; without one: whether there is none yet.
function __instrument_server_is
    set -l command
    set -l before
    for word in (__instrument_server_words)[2..]
        if not contains -- "$before" ${valuedSpellings.join(' ')}
            if contains -- $word ${completedCommands.map(({ name }) => name).join(' ')}
                set command $word
                break
            end
        end
        set before $word
    end
    if test (count $argv) = 0
        test -z "$command"
    else
        contains -- "$command" $argv
    end
end
function __instrument_server_plugins
    set -l words (__instrument_server_words)
    set -l found
    set -l before
    for word in $words[2..]
        set -l value (string replace -r '^~/' "$HOME/" -- $word)
        if contains -- "$before" ${findingSpellings.join(' ')}
            set -a found $before $value
        else if string match -qr '^(${findingSpellings.filter((flag) => flag.startsWith('--')).join('|')})=' -- $word
            set -a found $word
        end
        set before $word
    end
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    $program $found status --names 2>/dev/null </dev/null
end
complete -c instrument_server -f
${lines.join('\n')}
complete -c instrument_server -n '__instrument_server_is ${pluginCommands.join(' ')}' -a '(__instrument_server_plugins)'
complete -c instrument_server -n '__instrument_server_is ${fileCommands.join(' ')}' -F
complete -c instrument_server -n '__instrument_server_is completion' -a '${shells.join(' ')}'
${importLines().join('\n')}
${[...common, ...own].join('\n')}
`;
}

/** Behind `import`: a system, and behind that a path. */
function importLines(): readonly string[] {
  const names = systems.join(' ');
  const begin = "complete -c instrument_server -n '__instrument_server_is import; and";
  const hasSystem = `__fish_seen_subcommand_from ${names}'`;
  return [`${begin} not ${hasSystem} -a '${names}'`, `${begin} ${hasSystem} -F`];
}

function flagLine({ short, long, value, does }: CompletedFlag, condition: string): string {
  const spelled = `${short === null ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
  const words = value === null ? '' : valueWords(value);
  return `complete -c instrument_server ${condition}${spelled} ${words}-d ${fishQuoted(does)}`;
}

function valueWords(value: FlagValue): string {
  switch (value.kind) {
    case 'file':
      return '-r -F ';
    case 'folder':
      return "-x -a '(__fish_complete_directories)' ";
    case 'user':
      return "-x -a '(__fish_complete_users)' ";
    case 'words':
      return `-x -a '${value.words.join(' ')}' `;
    case 'other':
      return '-x ';
  }
}

function fishQuoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
