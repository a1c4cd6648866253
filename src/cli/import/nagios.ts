import { ok } from '../../model/result.ts';
import { quoted } from '../../words/shell-words.ts';
import { commandEntry } from './command-entry.ts';
import { type ImportedSection, type Importer, type ImportHost, remarksAlone } from './imported.ts';
import { iniLine } from './ini-output.ts';
import { type NrpeCommand, type NrpeFiles, readNrpeFiles } from './nrpe-files.ts';
import { SectionNames } from './section-names.ts';
import { isReadAlike, readShellLine } from './shell-line.ts';

/** Imports the commands of NRPE: each becomes a plugin. `path` is its configuration file. */
export const importNagios: Importer = async (path, host) => {
  const read = readNrpeFiles(path, host);
  if (!read.ok) return read;
  const names = new SectionNames();
  const { commands, settings } = read.value;
  const sections = commands.map((command) => commandSection(command, settings, names, host));
  const plugins = sections.filter(({ isActive }) => isActive).length;
  return ok({ sections: [aboutAll(read.value, host.user), ...sections], plugins });
};

/** What concerns all commands. */
function aboutAll({ settings, troubles }: NrpeFiles, user: string): ImportedSection {
  const { nrpe_user: nrpeUser, command_timeout: timeout } = settings;
  const ofUser =
    nrpeUser === undefined || nrpeUser === user
      ? []
      : [`NRPE ran these as ${nrpeUser}, the agent runs as ${user}: a second agent can do it (-u ${nrpeUser})`];
  const ofTimeout =
    timeout === undefined
      ? []
      : [`NRPE ended a command after ${timeout} s; the agent never does: see the lines with timeout`];
  return remarksAlone([...troubles, ...ofUser, ...ofTimeout]);
}

function commandSection(
  { name: wanted, line, where }: NrpeCommand,
  { command_prefix: prefix, command_timeout: timeout }: NrpeFiles['settings'],
  names: SectionNames,
  host: ImportHost,
): ImportedSection {
  const { name, remark } = names.give(wanted);
  const whole = prefix === undefined || prefix === '' ? line : `${prefix} ${line}`;
  const read = readShellLine(whole);
  const macros = [...new Set(whole.match(/\$ARG\d+\$/g) ?? [])];
  const [words, kept] =
    read.kind === 'words' ? [read.words, isReadAlike(whole) ? whole : null] : [['/bin/sh', '-c', whole], null];
  const entry = commandEntry(words, kept, host);
  const isUsable = entry.isUsable && macros.length === 0 && read.kind !== 'unclosed';
  const shown = read.kind === 'unclosed' ? whole : entry.value;
  const remarks = [
    ...(remark === null ? [] : [remark]),
    ...(macros.length === 0 ? [] : [`the Nagios server sends ${macros.join(', ')}: write the value in its place`]),
    ...(whole === line ? [] : [`command_prefix was put in front: ${prefix} has to allow it for ${host.user}`]),
    ...(read.kind === 'syntax' && macros.length === 0 ? [`it needs a shell, because of ${read.what}`] : []),
    ...(read.kind === 'unclosed' ? ['a quote in it is not closed'] : []),
    ...entry.remarks,
  ];
  const hasLimit = isUsable && timeout !== undefined && /^[1-9]\d*$/.test(timeout);
  return {
    header: `plugin:${name}`,
    remarks: remarks.map((text) => `${where}: ${text}`),
    notes: hasLimit ? [iniLine(['command', `/usr/bin/timeout ${timeout} ${entry.value}`])] : [],
    entries: [
      ['command', macros.length > 0 ? withMacros(whole) : shown],
      ['format', 'nagios'],
    ],
    isActive: isUsable,
  };
}

/** A command whose macros are still to be replaced: they are no variables of a shell. */
function withMacros(line: string): string {
  const read = readShellLine(line.replace(/\$ARG\d+\$/g, 'x'));
  return read.kind === 'words' ? line : `/bin/sh -c ${quoted(line)}`;
}
