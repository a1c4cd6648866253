import type { Flags } from '../config/resolve.ts';
import { allSettings } from '../config/schema.ts';
import { configPathsOf } from '../config/source.ts';
import { path } from '../config/values.ts';
import { readText, textOfFlag } from '../config/written.ts';
import type { Edges } from '../io/edges.ts';
import type { OwnProgram } from '../words/own-command.ts';
import { type CommandConfig, stateDirWithoutFlags } from './command-config.ts';

/**
 * Returns how a command is typed that meets the same agent as this command line does. `edges` are
 * those of the user that the agent runs as. The state directory is left out if that user gets the
 * same without flags in a new shell.
 */
export function ownProgramOf(
  flags: Flags,
  { config, source, account }: Pick<CommandConfig, 'config' | 'source' | 'account'>,
  edges: Edges,
): OwnProgram {
  const { cwd } = edges.machine;
  const { main } = configPathsOf(flags.configFile, cwd);
  const isPipe = source.files.some(({ file, fingerprint }) => file === main && fingerprint === null);
  const user = account === null ? [] : ['-u', account.name];
  const file = flags.configFile === null || isPipe ? [] : ['-f', main];
  const isKeyElsewhere = allSettings.some(
    ({ variable, flag }) =>
      variable !== null && ((edges.env[variable] ?? '') !== '' || (flag !== null && flags.given.has(flag.long))),
  );
  return {
    program: edges.program,
    stateDir: config.stateDir === stateDirWithoutFlags(edges) ? [] : ['--state-dir', config.stateDir],
    configuration: [...user, ...file, ...givenWords(flags, edges)],
    configFile: isPipe ? null : main,
    isWhole: !isPipe && !isKeyElsewhere,
  };
}

/**
 * Returns the given flags that set a key, with absolute paths. Left out: those that may hold a
 * secret, which are the ones that a variable of the environment can replace, and `--state-dir`.
 */
function givenWords({ given }: Flags, { machine }: Edges): readonly string[] {
  const paths = { folder: machine.cwd, home: machine.home };
  return allSettings.flatMap(({ flag, variable, kind, key }) => {
    const text = flag === null ? undefined : given.get(flag.long);
    if (flag === null || text === undefined || variable !== null || key === 'state_dir') return [];
    const name = flag.short ?? flag.long;
    if (flag.argument === null) return [name];
    const absolute = kind === path ? readText(path, textOfFlag(name, text, paths)) : null;
    return [name, absolute?.ok ? absolute.value : text];
  });
}
