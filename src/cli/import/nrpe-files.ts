import { dirname, join, resolve } from 'node:path';
import { err, ok, type Result } from '../../model/result.ts';
import type { ImportFailure, ImportHost } from './imported.ts';
import { readSourceText, sortedNames } from './source-text.ts';

/** One `command[NAME]=LINE`. `where` is `file:line`. */
export type NrpeCommand = { readonly name: string; readonly line: string; readonly where: string };

/** The settings of NRPE that change what a command does. The last one of each counts. */
const settingNames = ['command_prefix', 'command_timeout', 'nrpe_user'] as const;

/** What the files of NRPE say. `troubles` are the lines and files that could not be used. */
export type NrpeFiles = {
  readonly commands: readonly NrpeCommand[];
  readonly settings: Readonly<Partial<Record<(typeof settingNames)[number], string>>>;
  readonly troubles: readonly string[];
};

const deepest = 16; // files within files

/**
 * Reads `nrpe.cfg` and the files that it includes, as NRPE does: `include=FILE`, and
 * `include_dir=DIR`, whose `*.cfg` files are read in the order of their names, folders within it
 * too. Fails if the first file can't be read, or is not one of NRPE.
 */
export function readNrpeFiles(path: string, host: ImportHost): Result<NrpeFiles, ImportFailure> {
  const first = readSourceText(host, path);
  if (!first.ok) {
    const status = host.files.facts(path).kind === 'file' ? 1 : 2;
    return err({
      status,
      message: `${path} ${first.error}; name the configuration file of NRPE, such as /etc/nagios/nrpe.cfg`,
    });
  }
  const reader = new NrpeReader(host);
  reader.read(path, first.value, 0);
  const { commands } = reader;
  const [object] = reader.objects;
  if (commands.size === 0 && object !== undefined)
    return err({
      status: 1,
      message:
        `${object} defines objects of the Nagios server, which are not imported; ` +
        'name the configuration file of NRPE on the monitored host, such as /etc/nagios/nrpe.cfg',
    });
  if (commands.size === 0)
    return err({
      status: 1,
      message: [
        `${path} has no line such as command[check_load]=/usr/lib/nagios/plugins/check_load`,
        ...reader.troubles.slice(0, 3),
      ].join('; '),
    });
  return ok({ commands: [...commands.values()], settings: reader.settings, troubles: reader.troubles });
}

class NrpeReader {
  readonly #host: ImportHost;
  readonly #readFiles = new Set<string>();
  /** By their inodes: a link can lead back to a folder above it. */
  readonly #readFolders = new Set<string>();
  readonly commands = new Map<string, NrpeCommand>();
  readonly settings: Partial<Record<(typeof settingNames)[number], string>> = {};
  readonly troubles: string[] = [];
  /** The places of `define …{`. */
  readonly objects: string[] = [];

  constructor(host: ImportHost) {
    this.#host = host;
  }

  /** `depth` is the number of files that include this one, each by the one before. */
  read(file: string, text: string, depth: number): void {
    this.#readFiles.add(file);
    for (const [index, each] of text.split('\n').entries()) {
      const line = each.trim();
      if (line === '' || line.startsWith('#')) continue;
      this.#readLine(line, file, `${file}:${index + 1}`, depth);
    }
  }

  #readLine(line: string, file: string, where: string, depth: number): void {
    const equals = line.indexOf('=');
    const [key, value] = equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
    const [, name] = /^command\[([^\]]*)\]?/.exec(key) ?? [];
    const setting = settingNames.find((each) => each === key);
    if (/^define\s+\w+\s*\{?/.test(line)) {
      if (this.objects.length === 0) this.troubles.push(`${where}: objects of the Nagios server are not imported`);
      this.objects.push(where);
    } else if (name !== undefined) this.#addCommand(name, value, where);
    else if (setting !== undefined) this.settings[setting] = value;
    else if (key === 'include' || key === 'include_file') this.#include(resolve(dirname(file), value), where, depth);
    else if (key === 'include_dir') this.#includeFolder(resolve(dirname(file), value), where, depth);
    else if (equals < 0 && this.objects.length === 0)
      this.troubles.push(`${where}: this line has no =, and is left out`);
  }

  #addCommand(name: string, line: string, where: string): void {
    const before = this.commands.get(name);
    if (before !== undefined)
      this.troubles.push(`${before.where}: command[${name}] is given again at ${where}, which counts`);
    this.commands.delete(name);
    if (name === '' || line.trim() === '')
      this.troubles.push(`${where}: a command without a name or a line is left out`);
    else this.commands.set(name, { name, line: line.trim(), where });
  }

  #include(file: string, where: string, depth: number): void {
    if (this.#readFiles.has(file)) {
      this.troubles.push(`${where}: ${file} was read already`);
      return;
    }
    const text = depth >= deepest ? null : readSourceText(this.#host, file);
    if (text === null) this.troubles.push(`${where}: ${file} is not read: there are too many files within files`);
    else if (text.ok) this.read(file, text.value, depth + 1);
    else this.troubles.push(`${where}: ${file} ${text.error}`);
  }

  #includeFolder(folder: string, where: string, depth: number): void {
    const facts = this.#host.files.facts(folder);
    const names = sortedNames(this.#host, folder);
    const inode = facts.kind === 'failed' ? null : facts.inode;
    if (!names.ok) this.troubles.push(`${where}: ${folder} ${names.error}`);
    if (!names.ok || inode === null) return;
    if (this.#readFolders.has(inode)) {
      this.troubles.push(`${where}: ${folder} was read already`);
      return;
    }
    this.#readFolders.add(inode);
    for (const name of names.value) {
      const path = join(folder, name);
      const { kind } = this.#host.files.facts(path);
      if (kind === 'directory') this.#includeFolder(path, where, depth);
      else if (name.endsWith('.cfg')) this.#include(path, where, depth);
    }
  }
}
