import { basename, dirname, join, resolve } from 'node:path';
import { pluginsElsewhere } from '../agent/plugins-elsewhere.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import { type JudgedScript, pluginName } from '../model/plugin.ts';
import { err, ok, type Result } from '../model/result.ts';
import type { Status } from '../model/status.ts';

/**
 * A plugin that is not in the script directory. `judged` is what a look at the disk finds of it;
 * null: an agent runs, and knows better.
 */
export type PluginElsewhere = {
  readonly file: string;
  readonly name: string;
  readonly path: string;
  readonly judged: JudgedScript | null;
};

/**
 * Finds a plugin that is not in the script directory: by its identity, by the path of a file in
 * its directory, or by its name if that has no `/`, also without the extension of its file. `path`
 * is where the word leads otherwise: a file that is there is not taken for an identity. Null: there
 * is none. An error if there are several.
 */
export function findElsewhere(
  word: string,
  path: string,
  status: Status | null,
  config: Config,
  edges: Edges,
): Result<PluginElsewhere | null, string> {
  const all = status === null ? lookedAt(config, edges) : known(status);
  const inItsFolder = (file: string) => join(edges.files.realpath(dirname(file)), basename(file));
  if (word.includes('/')) {
    const atPath = all.find(
      (plugin) =>
        !isConfiguredCommand(plugin) && inItsFolder(plugin.path) === inItsFolder(resolve(edges.machine.cwd, word)),
    );
    const isPath = edges.files.facts(path).kind !== 'failed';
    return ok(atPath ?? (isPath ? null : (all.find(({ file }) => file === word) ?? null)));
  }
  const entryOf = ({ file }: PluginElsewhere) => file.slice(file.indexOf('/') + 1);
  const exactly = all.filter((plugin) => plugin.name === word || entryOf(plugin) === word);
  const named = exactly.length > 0 ? exactly : all.filter((plugin) => pluginName(entryOf(plugin)) === word);
  const [first = null] = named;
  if (named.length < 2) return ok(first);
  const files = named.map(({ file }) => file).toSorted();
  return err(`${word} may be ${files.join(' or ')}; name one of these`);
}

function known({ plugins }: Status): readonly PluginElsewhere[] {
  return plugins.flatMap(({ file, name, path }) => (file.includes('/') ? [{ file, name, path, judged: null }] : []));
}

function lookedAt(config: Config, edges: Edges): readonly PluginElsewhere[] {
  return pluginsElsewhere(config, edges).map((judged) => {
    const { file, name, path } = judged.plugin;
    return { file, name, path, judged };
  });
}

/** Why the agent of a status runs no plugin of the directory of an identity; null: it does. */
export function suspensionOf(word: string, status: Status | null): string | null {
  const directory = status?.directories?.find(({ name }) => word.startsWith(`${name}/`));
  return directory?.suspension ? `no plugin of ${directory.name} runs: ${directory.suspension}` : null;
}

export function isConfiguredCommand({ file }: Pick<PluginElsewhere, 'file'>): boolean {
  return file.startsWith('command/');
}
