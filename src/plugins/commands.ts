import type { Clock } from '../io/clock.ts';
import type { Files } from '../io/disk/files.ts';
import type { Config } from '../model/config.ts';
import type { Emit } from '../model/event.ts';
import { commandFile, type JudgedScript, type Plugin, type PluginFile } from '../model/plugin.ts';
import { commandOrigin, type PluginOrigin } from './origin.ts';
import type { PermissionChecker } from './permissions.ts';
import { activePlugins, judgedScripts, scanChanges } from './registry.ts';
import { emptyScan, type LastLook, lastLookOf, rescanScript, runnablePlugins, type Scan, type Script } from './scan.ts';
import { withRememberedLooks } from './way.ts';

/** What the commands need. `plugins` are the sections in force. */
export type CommandPluginsOptions = {
  readonly plugins: () => Config['plugins'];
  readonly checker: PermissionChecker;
  readonly emit: Emit;
};

type CommandPlugin = { readonly plugin: Plugin; readonly origin: PluginOrigin };

/**
 * The plugins that are a `command` in the configuration and not a file in a directory. Each scan
 * looks at their programs; nothing is watched. Knows none before the first `rescan`.
 */
export class CommandPlugins {
  readonly #edges: { readonly files: Files; readonly clock: Clock };
  readonly #options: CommandPluginsOptions;
  #sections: Config['plugins'] | null = null;
  #commands: ReadonlyMap<PluginFile, CommandPlugin> = new Map();
  #lastScan: Scan = emptyScan;
  #judged: readonly JudgedScript[] | null = null;
  #files: Files;

  constructor(edges: { readonly files: Files; readonly clock: Clock }, options: CommandPluginsOptions) {
    this.#edges = edges;
    this.#files = edges.files;
    this.#options = options;
  }

  /** Looks at each program, and reports what changed. Returns whether there are or were any. */
  rescan(): boolean {
    const { files, clock } = this.#edges;
    const { checker, emit } = this.#options;
    this.#takeSections();
    const before = this.#lastScan;
    if (this.#commands.size === 0 && before.scripts.size === 0) return false;
    this.#files = withRememberedLooks(files, clock);
    const scripts = new Map<PluginFile, Script>();
    for (const [file, { plugin, origin }] of this.#commands) {
      const script = rescanScript(this.#files, plugin, checker, clock, before, origin);
      if (script) scripts.set(file, withWords(script, plugin));
    }
    const now = { ...emptyScan, isStrict: checker.isStrict, scripts, files: new Set(scripts.keys()) };
    this.#lastScan = now;
    this.#judged = null;
    for (const change of scanChanges(before, now)) emit(change);
    return true;
  }

  /** All accepted commands of the last scan, settled or not. */
  active(): readonly Plugin[] {
    return activePlugins(this.#lastScan);
  }

  runnable(): readonly Plugin[] {
    return runnablePlugins(this.#lastScan);
  }

  /** Every command of the last scan, accepted or not. */
  scripts(): readonly JudgedScript[] {
    this.#judged ??= judgedScripts(this.#lastScan);
    return this.#judged;
  }

  /** Looks at a program right before it runs. */
  lookAgain(plugin: Plugin): LastLook {
    this.#takeSections();
    const command = this.#commands.get(plugin.file);
    if (command === undefined || !isSameCall(command.plugin, plugin)) return { kind: 'gone' };
    const { checker } = this.#options;
    const { plugin: current, origin } = command;
    return lastLookOf(rescanScript(this.#files, current, checker, this.#edges.clock, this.#lastScan, origin));
  }

  #takeSections(): void {
    const sections = this.#options.plugins();
    if (sections === this.#sections) return;
    this.#sections = sections;
    this.#commands = new Map(
      [...sections].flatMap(([name, { command }]) => {
        if (command === null) return [];
        const [program, ...args] = command;
        const origin = commandOrigin(name, args);
        return [[commandFile(name), { plugin: origin.pluginAt(name, program), origin }]];
      }),
    );
  }
}

/** A scan keeps a program that has not changed as it was, with the arguments that it had then. */
function withWords(script: Script, plugin: Plugin): Script {
  return isSameCall(script.plugin, plugin) ? script : { ...script, plugin };
}

function isSameCall(one: Plugin, other: Plugin): boolean {
  return one.path === other.path && one.args?.join('\0') === other.args?.join('\0');
}
