import { dirname, join } from 'node:path';
import { isUnreadable } from '../../config/ini.ts';
import { locateKey } from '../../config/locate.ts';
import { err, ok, type Result } from '../../model/result.ts';
import { quoted } from '../../words/shell-words.ts';
import { type ImportedSection, type Importer, type ImportFailure, type ImportHost, remarksAlone } from './imported.ts';
import { isIniValue } from './ini-output.ts';
import { isSectionOf, type MuninConf, type MuninSetting, muninSettingsOf, readMuninConf } from './munin-conf.ts';
import { type MuninNode, readMuninNode } from './munin-node.ts';
import { sortedNames } from './source-text.ts';

/** A name in the plugin directory. `fault`: why munin-node does not run it; null: it does. */
type MuninEntry = { readonly name: string; readonly fault: string | null };

/** Where munin's plugins and their settings are. */
type MuninFolders = { readonly plugins: string; readonly conf: string; readonly node: string };

/**
 * Imports the plugins of munin-node: a directory, and a section for each plugin that has variables.
 * `path` is munin's folder, which has a folder `plugins`, or that folder itself.
 */
export const importMunin: Importer = async (path, host) => {
  const found = foldersAt(path, host);
  if (!found.ok) return found;
  const { plugins, conf, node } = found.value;
  const names = sortedNames(host, plugins);
  if (!names.ok) return err({ status: 1, message: `${plugins} ${names.error}; type the same command as root` });
  const nodeSettings = readMuninNode(node, host);
  const entries = names.value.map((name) => entryOf(plugins, name, nodeSettings, host));
  const runnable = entries.flatMap(({ name, fault }) => (fault === null ? [name] : []));
  if (runnable.length === 0)
    return err({ status: 1, message: `${plugins} has no plugin that munin-node would run; ${cure}` });
  const read = readMuninConf(conf, (name) => nodeSettings.ignored(name) !== null, host);
  const isMultiple = everyS % host.reportIntervalS === 0;
  const directory: ImportedSection = {
    header: 'directory:munin',
    remarks: [],
    notes: [
      isMultiple ? `${ofMunin}; without the line interval, the agent does at every tick` : `${ofMunin}; ${nearly}`,
    ],
    entries: [['path', plugins], ['format', 'munin'], ...(isMultiple ? [['interval', '5m'] as const] : [])],
    isActive: true,
  };
  const sections = [
    aboutAll(runnable, read, nodeSettings, host.user),
    directory,
    ...entries.flatMap(({ name, fault }) => (fault === null ? [] : notRun(plugins, name, fault))),
    ...runnable.flatMap((name) => sectionOf(name, muninSettingsOf(read.sections, name), host.user)),
  ];
  return ok({ sections, plugins: runnable.length });
};

const everyS = 300;
const ofMunin = 'munin runs its plugins every five minutes';
const nearly = 'interval has to be a multiple of report_interval';
const cure = "name munin's folder, such as /etc/munin, or the folder of its plugins";

function foldersAt(path: string, { files }: ImportHost): Result<MuninFolders, ImportFailure> {
  const facts = files.facts(path);
  if (facts.kind === 'failed')
    return err({
      status: 2,
      message: `${path} ${facts.code === 'ENOENT' ? 'does not exist' : `can't be looked at (${facts.code})`}; ${cure}`,
    });
  if (facts.kind !== 'directory') return err({ status: 2, message: `${path} is not a directory; ${cure}` });
  const isWhole = files.facts(join(path, 'plugins')).kind === 'directory';
  const [plugins, above] = isWhole ? [join(path, 'plugins'), path] : [path, dirname(path)];
  return ok({ plugins, conf: join(above, 'plugin-conf.d'), node: join(above, 'munin-node.conf') });
}

function entryOf(folder: string, name: string, node: MuninNode, { files }: ImportHost): MuninEntry {
  const path = join(folder, name);
  const facts = files.facts(path);
  const ignored = node.ignored(name);
  if (facts.kind === 'failed' && files.isLink(path))
    return { name, fault: `is a link to ${files.linkTarget(path)}, which can't be found` };
  if (facts.kind !== 'file') return { name, fault: 'is not a file' };
  if ((facts.mode & 0o111) === 0) return { name, fault: 'is not executable' };
  if (ignored !== null) return { name, fault: `is left out by ignore_file ${ignored}` };
  if (name.startsWith('.') || name.endsWith('.conf') || !/^[-\w@.:]+$/.test(name))
    return { name, fault: 'has a name that munin-node leaves out' };
  return { name, fault: null };
}

/** An executable that munin-node leaves out would be run by the agent. */
function notRun(folder: string, name: string, fault: string): ImportedSection {
  const remark = `${join(folder, name)} ${fault}: munin-node does not run it`;
  const isRunHere = /^(is left out|has a name)/.test(fault) && isPluginSection(name);
  if (!isRunHere) return remarksAlone([remark]);
  return {
    header: `plugin:${name}`,
    remarks: [`${remark}, and neither does the agent with the line below`],
    notes: [],
    entries: [['enabled', 'false']],
    isActive: true,
  };
}

/** What concerns all plugins, or none of them. */
function aboutAll(plugins: readonly string[], conf: MuninConf, node: MuninNode, user: string): ImportedSection {
  const unnamed = plugins.filter((name) => !muninSettingsOf(conf.sections, name).some(({ key }) => key === 'user'));
  const asRoot =
    user === 'root' && unnamed.length > 0
      ? ['munin-node runs plugins that name no user without any rights; an agent that runs as root runs them as root']
      : [];
  const unused = [...conf.sections.keys()].filter((section) => !plugins.some((name) => isSectionOf(section, name)));
  const notes =
    unused.length === 0 ? [] : [`sections of plugin-conf.d for plugins that are not here: ${unused.join(', ')}`];
  return remarksAlone([...conf.troubles, ...node.remarks, ...asRoot], notes);
}

function sectionOf(name: string, settings: readonly MuninSetting[], user: string): readonly ImportedSection[] {
  const variables = settings.filter(({ key }) => key.startsWith('env.'));
  const good = variables.filter(({ key, value }) => isIniValue(value) && locateKey('plugin:NAME', key).ok);
  const bad = variables.filter((each) => !good.includes(each));
  const remarks = [
    ...bad.map(
      ({ key, where }) => `${where}: ${name}: ${key} is not the name of a variable, or its value is not UTF-8`,
    ),
    ...settings.flatMap((setting) => remarkOn(setting, name, user)),
  ];
  if (remarks.length === 0 && good.length === 0) return [];
  return [
    {
      header: good.length > 0 ? `plugin:${name}` : null,
      remarks,
      notes: [],
      entries: good.map(({ key, value }) => [key, value] as const),
      isActive: true,
    },
  ];
}

/** What a setting asked for that the agent does not do, and what to do instead. */
function remarkOn({ key, value, where }: MuninSetting, name: string, user: string): readonly string[] {
  const about = `${where}: ${name}: ${key} ${value}`;
  switch (key) {
    case 'user':
      if (value === user) return [];
      return [
        `${about}: the agent runs it as ${user}; for that user, put enabled = false under [plugin:${name}], and give ` +
          `a second agent (-u ${value}) a configuration of its own with this plugin alone, as a command`,
      ];
    case 'group':
      return groupsOf(value).map(
        (group) => `${about}: add the agent's user to the group: usermod -aG ${quoted(group)} ${quoted(user)}`,
      );
    case 'command':
      return [`${about}: the agent runs the plugin itself; put a script that does this in its place`];
    case 'timeout':
      return [`${about}: the agent never ends a run; the plugin has to end itself`];
    case 'host_name':
    case 'update_rate':
      return [`${about}: has no counterpart here`];
    default:
      return [];
  }
}

function groupsOf(value: string): readonly string[] {
  return value
    .split(/[\s,]+/)
    .map((group) => group.replace(/^\((.+)\)$/, '$1'))
    .filter((group) => group !== '');
}

/** Whether a file name can stand in the header of a section. */
function isPluginSection(name: string): boolean {
  return !name.includes(']') && !isUnreadable(name) && name === name.trim();
}
