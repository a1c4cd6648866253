import { join, resolve } from 'node:path';
import { fixedValue } from '../../config/defaults.ts';
import type { Flags } from '../../config/resolve.ts';
import { settings } from '../../config/schema.ts';
import { configPathsOf } from '../../config/source.ts';
import type { Edges } from '../../io/edges.ts';
import { counted } from '../../words/counted.ts';
import { quoted } from '../../words/shell-words.ts';
import { visible } from '../../words/visible.ts';
import { readCommandConfig } from '../command-config.ts';
import type { Importer, ImportSystem } from './imported.ts';
import { iniOutput, remarkCount, remarkMark } from './ini-output.ts';
import { importMunin } from './munin.ts';
import { importNagios } from './nagios.ts';
import { importTelegraf } from './telegraf.ts';
import { writeImported } from './write-imported.ts';

/** What to import. `file` is the file to make; null: the text goes to stdout. */
export type ImportRequest = {
  readonly flags: Flags;
  readonly system: ImportSystem;
  readonly path: string;
  readonly file: string | null;
};

/** Prints on stdout and stderr; `write` adds no line end, `complain` does. */
type ImportOutput = {
  readonly write: (text: string) => Promise<void>;
  readonly complain: (line: string) => void;
};

const importers: Readonly<Record<ImportSystem, Importer>> = {
  nagios: importNagios,
  munin: importMunin,
  telegraf: importTelegraf,
};

/**
 * `import`: prints the sections for what another system has configured, or makes a new file of
 * them. The number of plugins and of remarks is printed on stderr. Returns the exit status: 0; 1 if
 * nothing could be read or the file can't be made; 2 if the path is not one of that system.
 */
export async function runImport(
  { flags, system, path, file }: ImportRequest,
  edges: Edges,
  { write, complain }: ImportOutput,
): Promise<number> {
  const { files, configFiles, machine } = edges;
  const user = userOf(flags.user, edges);
  const config = readCommandConfig(flags, edges);
  const reportIntervalS = config.ok
    ? config.value.config.reportIntervalS
    : fixedValue(settings.agent.reportIntervalS.default);
  const source = resolve(machine.cwd, path);
  const imported = await importers[system](source, { files, configFiles, user, reportIntervalS });
  if (!imported.ok) {
    complain(visible(imported.error.message));
    return imported.error.status;
  }
  const heading = `instrument_server import ${system}, from ${source}, for an agent that runs as ${user}`;
  const text = iniOutput(imported.value, `${heading} (another: -u USER)`);
  const remarks = remarkCount(imported.value);
  const marked = remarks === 0 ? '' : `, marked \`${remarkMark}\``;
  const facts = `${counted(imported.value.plugins, 'plugin')}; ${counted(remarks, 'remark')}${marked}`;
  if (file === null) {
    await write(text);
    complain(`${facts}; ${placeFor(system, flags, machine.cwd)}`);
    return 0;
  }
  const target = resolve(machine.cwd, file);
  const made = writeImported(target, text, flags.user, edges);
  complain(visible(made.ok ? `${facts}; ${made.value}` : made.error));
  return made.ok ? 0 : 1;
}

/** The name of the user that the agent will run as. */
function userOf(named: string | null, { files, machine }: Edges): string {
  const uid = named === null ? machine.uid : /^\d+$/.test(named) ? Number(named) : null;
  return (uid === null ? named : files.userName(uid)) ?? String(uid ?? 'this user');
}

/** Where the agent would read the text. */
function placeFor(system: ImportSystem, flags: Flags, cwd: string): string {
  const { main, folder } = configPathsOf(flags.configFile, cwd);
  if (folder === null) return visible(`the agent reads it if you add it to ${main}`);
  return visible(`the agent reads it from a file there: add --write ${quoted(join(folder, `${system}.ini`))}`);
}
