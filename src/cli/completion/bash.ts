import {
  type CompletedFlag,
  commandsWithFlags,
  commonFlags,
  completedCommands,
  fileCommands,
  findingSpellings,
  pluginCommands,
  shells,
  systems,
  valuedSpellings,
} from './tables.ts';

/** The completion for bash. Names of plugins are never expanded: they may be any text. */
export function bashCompletion(): string {
  const longFinding = findingSpellings.filter((spelling) => spelling.startsWith('--'));
  const all = [...commonFlags, ...commandsWithFlags.flatMap(({ flags }) => flags)];
  return `# The completion of instrument_server for bash: instrument_server completion bash
_instrument_server() {
  local cur=\${COMP_WORDS[COMP_CWORD]} flag= command= operands=0 program=\${COMP_WORDS[0]} i word split= last prefix
  local -a words=() found=()
  COMPREPLY=()
  # bash splits a word at = and : and @
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in [=:@]*) split=\${words+1} ;; esac
    if [ -n "$split" ]; then words[last]+=$word; else words+=("$word"); fi
    case $word in [=:@]*) split=1 ;; *) split= ;; esac
    last=$((\${#words[@]} - 1))
  done
  case $cur in [=:@]*) cur= ;; esac
  for ((i = 0; i < last; i++)); do
    word=\${words[i]}
    case $word in
      ${valuedSpellings.join(' | ')})
        i=$((i + 1))
        if [ "$i" = "$last" ]; then flag=$word; break; fi
        case $word in
          ${findingSpellings.join(' | ')})
            found+=("$word" "$(_instrument_server_unquoted "\${words[i]}")") ;;
        esac ;;
      ${longFinding.map((spelling) => `${spelling}=*`).join(' | ')})
        found+=("\${word%%=*}" "$(_instrument_server_unquoted "\${word#*=}")") ;;
      -*) ;;
      *)
        if [ -n "$command" ]; then operands=$((operands + 1)); fi
        case $word in ${names(completedCommands)}) command=\${command:-$word} ;; esac ;;
    esac
  done
  word=\${words[last]}
  case $word in --*=*) flag=\${flag:-\${word%%=*}} ;; esac
  if [ -n "$flag" ]; then
    case $flag in
${valueCases(all)}
    esac
    return
  fi
  prefix=\${word%"$cur"}
  cur=$word
  case $cur in
    -*)
      case $command in
${commandsWithFlags.map(({ name, flags }) => `        ${name}) ${offer(spellings(flags))} ;;`).join('\n')}
        *) ${offer(spellings(commonFlags))} ;;
      esac
      return ;;
  esac
  if [ "$command $operands" = 'import 1' ]; then compopt -o default; fi
  [ "$operands" = 0 ] || return
  case $command in
    '') ${offer(completedCommands.map(({ name }) => name))} ;;
    completion) ${offer(shells)} ;;
    import) ${offer(systems)} ;;
    ${pluginCommands.join(' | ')})
      while IFS= read -r word; do
        if [[ $word == "$cur"* ]]; then COMPREPLY+=("$(printf %q "\${word#"$prefix"}")"); fi
      done < <("$(_instrument_server_unquoted "$program")" "\${found[@]}" status --names 2>/dev/null </dev/null) ;;
  esac
  case $command in ${fileCommands.join(' | ')}) compopt -o default ;; esac
}
# Prints a word without the quotes of the shell. Nothing in it is expanded but ~/ at its beginning.
_instrument_server_unquoted() {
  local word=$1
  case $word in *[\\'\\"\\\\]*) word=$(xargs printf %s <<<"$word" 2>/dev/null) ;; esac
  case $word in '~/'*) word=$HOME/\${word#??} ;; esac
  printf '%s\\n' "$word"
}
complete -F _instrument_server instrument_server
`;
}

function offer(words: readonly string[]): string {
  return `COMPREPLY=($(compgen -W '${[...new Set(words)].join(' ')}' -- "$cur"))`;
}

function names(all: readonly { readonly name: string }[]): string {
  return all.map(({ name }) => name).join(' | ');
}

function spellings(flags: readonly CompletedFlag[]): readonly string[] {
  return flags.flatMap(({ short, long }) => [short, long].flatMap((spelling) => spelling ?? []));
}

function valueCases(all: readonly CompletedFlag[]): string {
  const kinds = [
    ['file', 'compopt -o default'],
    ['folder', 'compopt -o dirnames'],
    ['user', 'COMPREPLY=($(compgen -u -- "$cur"))'],
  ] as const;
  const cases = kinds.map(([kind, does]) => {
    const flags = all.filter(({ value }) => value?.kind === kind);
    return `      ${[...new Set(spellings(flags))].join(' | ')}) ${does} ;;`;
  });
  const words = all.flatMap(({ long, value }) =>
    value?.kind === 'words' ? [`      ${long}) ${offer(value.words)} ;;`] : [],
  );
  return [...cases, ...words].join('\n');
}
