import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

/** How a program was started. `execArgv` are Node's own arguments; `path` is the variable PATH. */
export type ProgramStart = {
  readonly name: string;
  /** The file that was executed. */
  readonly file: string;
  readonly node: string;
  readonly execArgv: readonly string[];
  readonly path: string | undefined;
};

/** How this process was started, if `file` is the program. */
export function programStart(file: string): ProgramStart {
  const { execPath: node, execArgv, env } = process;
  return { name: 'instrument_server', file, node, execArgv, path: env['PATH'] };
}

/**
 * Returns the words that start the same program from any folder: its name, if PATH leads from it
 * to the running file; else the path of the file, with Node before it unless the file can be
 * executed and PATH leads to the same Node. Never throws.
 */
export function programWords({ name, file, node, execArgv, path }: ProgramStart): readonly string[] {
  const absolute = resolve(file);
  if (isSame(onPath(name, path), absolute)) return [name];
  const isNodeOnPath = isSame(onPath('node', path), node);
  if (isNodeOnPath && execArgv.length === 0 && isExecutable(absolute)) return [absolute];
  return [isNodeOnPath ? 'node' : node, ...execArgv, absolute];
}

/** Returns the file that a shell would execute for a name; null: none. */
function onPath(name: string, path = ''): string | null {
  const files = path.split(':').flatMap((folder) => (isAbsolute(folder) ? [join(folder, name)] : []));
  return files.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isSame(one: string | null, other: string): boolean {
  try {
    return one !== null && realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}
