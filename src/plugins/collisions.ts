import type { Advice } from '../model/advice.ts';
import { type Plugin, type PluginFile, type PluginName, pluginName } from '../model/plugin.ts';
import { counted } from '../words/counted.ts';
import { typeable } from '../words/shell-words.ts';
import { isIgnoredName } from './permissions.ts';

/** Several accepted scripts that share a plugin name, so that their metrics mix. */
export type Collision = {
  readonly name: PluginName;
  readonly paths: readonly string[];
  /** About all of them: one keeps its name, and the others are renamed. */
  readonly advice: Advice<'name-collision'>;
  /** About each by itself, with the command that renames it. */
  readonly adviceByFile: ReadonlyMap<PluginFile, Advice<'name-collision'>>;
};

/**
 * The collisions among accepted scripts, in the order of the first files. `entries` are all names
 * in the directory. No two scripts are offered the same new name, nor one that an entry has or
 * would collide with. Never throws.
 */
export function collisionsOf(plugins: readonly Plugin[], entries: readonly string[]): readonly Collision[] {
  const byName = new Map<PluginName, Plugin[]>();
  for (const plugin of plugins) {
    const sharing = byName.get(plugin.name);
    if (sharing) sharing.push(plugin);
    else byName.set(plugin.name, [plugin]);
  }
  const shared = [...byName].filter(([, sharing]) => sharing.length > 1);
  if (shared.length === 0) return [];
  const taken = takenBy(entries);
  return shared.map(([name, sharing]) => {
    const paths = sharing.map(({ path }) => path);
    const kind = 'name-collision';
    const commands: string[] = [];
    const adviceByFile = new Map<PluginFile, Advice<'name-collision'>>();
    for (const { file, path } of sharing) {
      const others = listed(paths, path);
      const other = otherFile(file, taken);
      const command = `mv -n ${typeable(path)} ${typeable(path.slice(0, -file.length) + other)}`;
      const mix = `${others} under the same name ${name}, so their metrics mix`;
      const sentence = `${mix}; rename one, here to ${pluginName(other)}`;
      adviceByFile.set(file, { kind, sentence, commands: [command] });
      commands.push(command);
    }
    const sentence = `${listed(paths, null)} under the same name ${name}, so their metrics mix; rename all but one`;
    return { name, paths, adviceByFile, advice: { kind, sentence, commands: commands.slice(1) } };
  });
}

/**
 * Returns a file name that no entry has, and that gives a plugin name that no entry has. Never
 * throws.
 */
export function freeFileName(file: string, entries: readonly string[]): string {
  return otherFile(file, takenBy(entries));
}

type TakenNames = { readonly files: Set<string>; readonly names: Set<string> };

function takenBy(entries: readonly string[]): TakenNames {
  return { files: new Set(entries), names: new Set<string>(entries.map(pluginName)) };
}

const mostListed = 5; // of thousands that share a name, too

/** The first paths, without `except`, and how many others there are. */
function listed(paths: readonly string[], except: string | null): string {
  const shown = paths
    .slice(0, mostListed + 1)
    .filter((path) => path !== except)
    .slice(0, mostListed);
  const rest = paths.length - shown.length - (except === null ? 0 : 1);
  const all = [...shown.map(typeable), ...(rest > 0 ? [counted(rest, 'other')] : [])];
  return `${all.join(' and ')} ${shown.length + rest === 1 ? 'reports' : 'report'}`;
}

/**
 * A free file name that gives a free plugin name: `a_sh.sh` for `a.sh`, `a_2` for `a`. It is taken
 * from then on.
 */
function otherFile(file: string, { files, names }: TakenNames): string {
  for (let number = 1; ; number += 1) {
    const other = numbered(file, number);
    if (files.has(other) || names.has(pluginName(other)) || isIgnoredName(other)) continue;
    files.add(other);
    names.add(pluginName(other));
    return other;
  }
}

/** Each number gives another plugin name: it stands before the last extension. */
function numbered(file: string, number: number): string {
  const bare = file.replace(/\.+$/, '');
  const dot = bare.lastIndexOf('.');
  if (dot <= 0) return `${bare}_${number + 1}`;
  const end = number === 1 ? '' : `_${number}`;
  return `${bare.slice(0, dot)}_${bare.slice(dot + 1)}${end}${bare.slice(dot)}`;
}
