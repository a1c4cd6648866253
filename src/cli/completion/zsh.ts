import { quoted } from '../../words/shell-words.ts';
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

/** The completion for zsh, for a folder of `fpath` or to be sourced. */
export function zshCompletion(): string {
  const described = completedCommands.map(
    ({ name, does }) => `    ${quoted(`${name}:${does.replaceAll(':', '\\:')}`)}`,
  );
  return `#compdef instrument_server
# The completion of instrument_server for zsh: instrument_server completion zsh
_instrument_server() {
  local curcontext=$curcontext state command i
  local -a line flags commands found
  local -A opt_args
  commands=(
${described.join('\n')}
  )
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      ${findingSpellings.join('|')})
        ((i + 1 < CURRENT)) && found+=($words[i] "$(_instrument_server_unquoted $words[i+1])")
        ((i++)) ;;
      (${findingSpellings.filter((flag) => flag.startsWith('--')).join('|')})=*)
        found+=("$(_instrument_server_unquoted $words[i])") ;;
      ${valuedSpellings.filter((flag) => !findingSpellings.includes(flag)).join('|')}) ((i++)) ;;
      ${completedCommands.map(({ name }) => name).join('|')}) command=\${command:-$words[i]} ;;
    esac
  done
  case $command in
${commandsWithFlags.map(({ name, flags }) => `    ${name}) flags=(\n${flagSpecs(flags)}\n    ) ;;`).join('\n')}
    *) flags=(
${flagSpecs(commonFlags)}
    ) ;;
  esac
  _arguments -C -s -S : $flags '1:command:->command' '2: :->operand' '3: :->path' && return 0
  case $state in
    command) _describe -t commands command commands ;;
    operand)
      case $command in
        completion) compadd ${shells.join(' ')} ;;
        import) compadd ${systems.join(' ')} ;;
        ${pluginCommands.join('|')}) _instrument_server_plugins ;;
      esac
      case $command in ${fileCommands.join('|')}) _files ;; esac ;;
    path) case $command in import) _files ;; esac ;;
  esac
}
_instrument_server_plugins() {
  local -a names
  names=(\${(f)"$("$(_instrument_server_unquoted $words[1])" $found status --names 2>/dev/null </dev/null)"})
  compadd -a names
}
# Prints a word without the quotes of the shell. Nothing in it is expanded but ~/ at its beginning.
_instrument_server_unquoted() {
  local word=\${(Q)1}
  print -r -- \${word/#\\~\\//$HOME/}
}
if [[ $funcstack[1] == _instrument_server ]]; then
  _instrument_server "$@"
else
  compdef _instrument_server instrument_server
fi
`;
}

function flagSpecs(flags: readonly CompletedFlag[]): string {
  return flags
    .flatMap(({ short, long, value, does }) => {
      const both = short === null ? '' : `(${short} ${long})`;
      const text = `[${does.replace(/[[\]\\:]/g, '\\$&')}]${value === null ? '' : action(value)}`;
      const signs = value === null ? ['', ''] : ['+', '='];
      return [
        ...(short === null ? [] : [`      ${quoted(both + short + signs[0] + text)}`]),
        `      ${quoted(both + long + signs[1] + text)}`,
      ];
    })
    .join('\n');
}

function action(value: FlagValue): string {
  switch (value.kind) {
    case 'file':
      return ':file:_files';
    case 'folder':
      return ':folder:_files -/';
    case 'user':
      return ':user:_users';
    case 'words':
      return `:word:(${value.words.join(' ')})`;
    case 'other':
      return ':value: ';
  }
}
