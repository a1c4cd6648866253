import type { Advice } from '../model/advice.ts';
import type { Emit } from '../model/event.ts';
import {
  isInScriptDirectory,
  type Plugin,
  type PluginFile,
  type PluginName,
  pluginName,
  sectionName,
} from '../model/plugin.ts';
import { counted } from '../words/counted.ts';
import { typeable } from '../words/shell-words.ts';
import { visible } from '../words/visible.ts';
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
  return shared.map(([name, sharing]) => collisionOf(name, sharing, taken));
}

/**
 * The collisions between accepted plugins of different sources, with all that share the name.
 * `entries` are all names in the script directory. Never throws.
 */
export function collisionsBetween(
  sources: readonly (readonly Plugin[])[],
  entries: readonly string[],
): readonly Collision[] {
  const metIn = new Map<PluginName, readonly Plugin[]>();
  const shared = new Set<PluginName>();
  for (const source of sources)
    for (const { name } of source) {
      if ((metIn.get(name) ?? source) !== source) shared.add(name);
      metIn.set(name, source);
    }
  if (shared.size === 0) return [];
  const all = sources.flat();
  const names = all.filter((plugin) => !isInScriptDirectory(plugin)).map(sectionName);
  return collisionsOf(
    all.filter(({ name }) => shared.has(name)),
    [...entries, ...names],
  );
}

/** Only scripts of the script directory are renamed: what is elsewhere belongs to other systems. */
function collisionOf(name: PluginName, sharing: readonly Plugin[], taken: TakenNames): Collision {
  const kind = 'name-collision';
  const paths = sharing.map(({ path }) => path);
  const own = sharing.filter(isInScriptDirectory).length;
  const commands: string[] = [];
  const adviceByFile = new Map<PluginFile, Advice<'name-collision'>>();
  for (const [index, plugin] of sharing.entries()) {
    const { file, path } = plugin;
    const mix = `${listed(sharing, index)} under the same name ${name}, so their metrics mix`;
    if (!isInScriptDirectory(plugin)) {
      adviceByFile.set(file, { kind, sentence: `${mix}; ${cureElsewhere(plugin, own)}`, commands: [] });
      continue;
    }
    const other = otherFile(file, taken);
    const command = `mv -n ${typeable(path)} ${typeable(path.slice(0, -file.length) + other)}`;
    const which = own === sharing.length ? 'one, here' : 'this one';
    adviceByFile.set(file, { kind, sentence: `${mix}; rename ${which} to ${pluginName(other)}`, commands: [command] });
    commands.push(command);
  }
  const mix = `${listed(sharing, null)} under the same name ${name}, so their metrics mix`;
  if (own === sharing.length)
    return {
      name,
      paths,
      adviceByFile,
      advice: { kind, sentence: `${mix}; rename all but one`, commands: commands.slice(1) },
    };
  const cure = own > 0 ? 'rename what is in the script directory' : 'keep one of them';
  return { name, paths, adviceByFile, advice: { kind, sentence: `${mix}; ${cure}`, commands } };
}

/** What helps a plugin that is not in the script directory, where `own` of the others are. */
function cureElsewhere(plugin: Plugin, own: number): string {
  if (plugin.directory === undefined) return `give its section [plugin:${visible(sectionName(plugin))}] another name`;
  return own > 0 ? 'rename what is in the script directory' : 'keep one of them';
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

/** The first paths, without that at the index `except`, and how many others there are. */
function listed(sharing: readonly Plugin[], except: number | null): string {
  const shown = sharing
    .slice(0, mostListed + 1)
    .filter((_, index) => index !== except)
    .slice(0, mostListed);
  const rest = sharing.length - shown.length - (except === null ? 0 : 1);
  const all = [...shown.map(shownPath), ...(rest > 0 ? [counted(rest, 'other')] : [])];
  return `${all.join(' and ')} ${shown.length + rest === 1 ? 'reports' : 'report'}`;
}

/** Two commands may run the same program. */
function shownPath(plugin: Plugin): string {
  const section = plugin.args === undefined ? '' : ` of [plugin:${visible(sectionName(plugin))}]`;
  return `${typeable(plugin.path)}${section}`;
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

/**
 * Reports the collisions that are not in `known`, or are between other scripts there. Returns what
 * is known now: by name, the paths.
 */
export function reportCollisions(
  collisions: readonly Collision[],
  known: ReadonlyMap<string, string>,
  emit: Emit,
): ReadonlyMap<string, string> {
  for (const { name, paths, advice } of collisions)
    if (known.get(name) !== paths.join()) emit({ event: 'plugin.collided', name, paths, advice });
  return new Map(collisions.map(({ name, paths }) => [name, paths.join()]));
}
