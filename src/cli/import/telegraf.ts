import { basename, isAbsolute } from 'node:path';
import { formatDuration } from '../../config/values.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { visible } from '../../words/visible.ts';
import { type CommandEntry, commandEntry } from './command-entry.ts';
import { filesLike, isPattern } from './glob.ts';
import {
  type ImportedConfig,
  type ImportedSection,
  type Importer,
  type ImportFailure,
  type ImportHost,
  remarksAlone,
} from './imported.ts';
import { iniLine } from './ini-output.ts';
import { SectionNames } from './section-names.ts';
import { isReadAlike, readQuotedWords } from './shell-line.ts';
import { readSourceText } from './source-text.ts';
import { durationS, formatFor, sharedEntries, shownToml } from './telegraf-keys.ts';
import { isTable, parseToml, type TomlTable, tablesOf, textsOf } from './toml.ts';

/** One command of a block, and the name that its plugin should have. */
type ExecCommand = { readonly entry: CommandEntry; readonly name: string };

/** What to do where a run may hang. */
const useLine = '; if it may hang, use the line below';

/** Programs that run another one, which the plugin is named after. */
const interpreters = /^(ba|da)?sh$|^python[\d.]*$|^(perl|php|ruby|node|sudo|env|nice)$/;

/** Imports the commands of Telegraf's `[[inputs.exec]]`. `path` is a file of its configuration. */
export const importTelegraf: Importer = async (path, host) => {
  const read = readSourceText(host, path);
  const cure = "name a file of Telegraf's configuration, such as /etc/telegraf/telegraf.conf";
  if (!read.ok) {
    const status = host.files.facts(path).kind === 'file' ? 1 : 2;
    return err({ status, message: `${path} ${read.error}; ${cure}` });
  }
  const parsed = await parseToml(read.value);
  if (!parsed.ok) return err({ status: 1, message: `${path}${parsed.error}; ${cure}` });
  return importedFrom(parsed.value, path, host);
};

function importedFrom(document: TomlTable, path: string, host: ImportHost): Result<ImportedConfig, ImportFailure> {
  const inputs = isTable(document['inputs']) ? document['inputs'] : {};
  const blocks = tablesOf(inputs['exec']);
  const running = tablesOf(inputs['execd']);
  if (blocks.length === 0 && running.length === 0)
    return err({
      status: 1,
      message: `${path} has no [[inputs.exec]]: there is no command to import; its folder telegraf.d may have some`,
    });
  const names = new SectionNames();
  const sections = blocks.flatMap((block, index) => blockSections(block, `inputs.exec ${index + 1}`, names, host));
  const plugins = sections.filter(({ header, isActive }) => header !== null && isActive).length;
  return ok({ sections: [aboutAll(document, inputs, running, host), ...sections], plugins });
}

/** What concerns all commands, or none of them. */
function aboutAll(
  document: TomlTable,
  inputs: TomlTable,
  running: readonly TomlTable[],
  { reportIntervalS }: ImportHost,
): ImportedSection {
  const agent = isTable(document['agent']) ? document['agent'] : {};
  const interval = agent['interval'];
  const here = formatDuration(reportIntervalS * 1000);
  const others = Object.keys(inputs).filter((name) => name !== 'exec' && name !== 'execd');
  return remarksAlone(
    [
      ...(interval === undefined || durationS(interval) === reportIntervalS
        ? []
        : [`[agent] interval = ${shownToml(interval)}: here it is report_interval under [agent], which is ${here}`]),
      ...(isTable(document['global_tags']) && Object.keys(document['global_tags']).length > 0
        ? [`global_tags = ${shownToml(document['global_tags'])}: the agent adds no tags`]
        : []),
      ...running.map(
        ({ command }) =>
          `inputs.execd: ${shownToml(command)} is not imported: it runs all the time, and a plugin has to end`,
      ),
    ],
    others.length === 0 ? [] : [`inputs that run no command are left out: ${others.join(', ')}`],
  );
}

function blockSections(
  block: TomlTable,
  where: string,
  names: SectionNames,
  host: ImportHost,
): readonly ImportedSection[] {
  const dataFormat = typeof block['data_format'] === 'string' ? block['data_format'] : 'json';
  const format = formatFor(dataFormat);
  const shared = sharedEntries(block, host.reportIntervalS);
  const timeoutS = durationS(block['timeout']);
  const lines = [...textsOf(block['commands'] ?? []), ...textsOf(block['command'] ?? [])];
  const lists = Array.isArray(block['commands']) ? block['commands'].filter((each) => Array.isArray(each)) : [];
  const read = [
    ...lines.map((line) => commandsOf(line, host)),
    ...lists.map((list) => ({ commands: [commandOf(textsOf(list), null, host)], remarks: [] })),
  ];
  const commands = read.flatMap((each) => each.commands);
  const remarks = [
    ...(format === null
      ? [`data_format = ${shownToml(dataFormat)} can't be read; let the command print another one`]
      : []),
    ...(block['timeout'] === undefined
      ? []
      : [`timeout = ${shownToml(block['timeout'])}: the agent never ends a run${timeoutS === null ? '' : useLine}`]),
    ...shared.remarks,
    ...read.flatMap((each) => each.remarks),
    ...(commands.length === 0 ? ['it has no command'] : []),
  ];
  const ofBlock = remarksAlone(remarks.map((text) => `${where}: ${text}`));
  const sections = commands.map(({ entry, name: wanted }): ImportedSection => {
    const { name, remark } = names.give(wanted);
    const isActive = entry.isUsable && format !== null;
    return {
      header: `plugin:${name}`,
      remarks: [...(remark === null ? [] : [remark]), ...entry.remarks],
      notes: isActive && timeoutS !== null ? [iniLine(['command', `/usr/bin/timeout ${timeoutS} ${entry.value}`])] : [],
      entries: [['command', entry.value], ['format', format ?? visible(dataFormat)], ...shared.entries],
      isActive,
    };
  });
  return [ofBlock, ...sections];
}

/** The commands that a line stands for: a pattern in its first word stands for several. */
function commandsOf(
  line: string,
  host: ImportHost,
): { readonly commands: readonly ExecCommand[]; readonly remarks: readonly string[] } {
  const [program = ''] = line.split(' ', 1);
  const rest = line.slice(program.length);
  const isSeveral = isPattern(program) && isAbsolute(program);
  const found = isSeveral ? filesLike(program, host) : [];
  const variable = /\$\{?[A-Za-z_]\w*\}?/.exec(line)?.[0];
  const remarks = [
    ...(isSeveral ? [`${program} stands for ${found.length} files now; one that is added later gets no section`] : []),
    ...(variable === undefined
      ? []
      : [`Telegraf puts the value of ${variable} here, if it has this variable; the agent does not`]),
  ];
  const texts = found.length > 0 ? found.map((path) => path + rest) : [line];
  const commands = texts.map((text) => {
    const read = readQuotedWords(text);
    const words = read.kind === 'words' ? read.words : [program];
    const command = commandOf(words, isReadAlike(text) ? text.trim() : null, host);
    if (read.kind !== 'words') return withFault(command, text, 'a quote in it is not closed');
    return isSeveral && found.length === 0 ? withFault(command, text, 'no file has such a name') : command;
  });
  return { commands, remarks };
}

function commandOf(words: readonly string[], line: string | null, host: ImportHost): ExecCommand {
  const [program = '', ...args] = words;
  const script = interpreters.test(basename(program)) ? args.find((word) => !word.startsWith('-')) : undefined;
  const named = basename(script?.includes('/') && !/\s/.test(script) ? script : program);
  return { entry: commandEntry(words, line, host), name: named.replace(/(?<=.)\.[^.]*$/s, '') };
}

function withFault({ name }: ExecCommand, value: string, fault: string): ExecCommand {
  return { name, entry: { value, remarks: [fault], isUsable: false } };
}
