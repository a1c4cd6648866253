import type { Clock } from '../io/clock.ts';
import type { ConfigFiles } from '../io/disk/config-files.ts';
import type { Files } from '../io/disk/files.ts';
import type { Config } from '../model/config.ts';
import { err } from '../model/result.ts';
import { applicable, changedKeys } from './diff.ts';
import { type ConfigLook, isSameLook, lookAt, lookOf } from './look.ts';
import { formatProblem } from './problem.ts';
import { type ResolveInput, resolveConfig } from './resolve.ts';
import { configPathsOf, readSource, type Source } from './source.ts';

/** The configuration while the agent runs. */
export type ConfigWatcher = {
  /** Reads the files at once, whether they look changed or not. */
  lookNow(): void;
  /** Nothing is told after it. */
  close(): void;
};

/** What is told of changes. Neither may throw. `onChanged` gives null, or why the agent can't go on with it, in one sentence: then it is refused as a whole. */
export type ConfigHandlers = {
  /**
   * The configuration to go on with. `changed` names what differs in effect, such as `[agent] report_interval` or `[sink:influx]`; it is empty where there is only
   * something to warn of, or where refused files were mended back to what runs. `warnings` were not told before.
   */
  onChanged(config: Config, changed: readonly string[], warnings: readonly string[]): string | null;
  /** The files can't be used, and the last good configuration stays. Told once until they say something else. */
  onRefused(problems: readonly string[]): void;
};

const lookEveryMs = 400;
const settledMs = 100;

/**
 * Watches the files of the configuration and keeps the last good one. They are looked at every 400 ms, and read when they look different, and then alike in two
 * looks 100 ms apart: what an editor empties and then writes is read once, whole. `context` is what the `first` configuration was resolved with. One that came
 * through a pipe is never looked at again.
 */
export function startConfigWatcher(
  edges: { readonly clock: Clock; readonly files: Files; readonly configFiles: ConfigFiles },
  context: Omit<ResolveInput, 'source'>,
  first: { readonly source: Source; readonly config: Config; readonly warnings: readonly string[] },
  handlers: ConfigHandlers,
): ConfigWatcher {
  const { clock, files } = edges;
  const { flags, machine } = context;
  const places = configPathsOf(flags.configFile, machine.cwd);
  const look = () => lookAt(files, places);
  let known: ConfigLook | null = lookOf(first.source); // null: whatever they look like, they are read again
  if (known === null) return { lookNow() {}, close() {} };
  let running = first.config;
  let warned = first.warnings;
  let refused: string | null = null;
  let timer = clock.after(lookEveryMs, watch);
  let isClosed = false;

  function watch() {
    const now = look();
    if (known !== null && isSameLook(known, now)) timer = clock.after(lookEveryMs, watch);
    else settle(now);
  }

  function settle(before: ConfigLook) {
    timer = clock.after(settledMs, () => {
      const now = look();
      if (!isSameLook(before, now)) return settle(now);
      const source = read();
      const after = look();
      if (!isSameLook(now, after)) return settle(after); // somebody wrote while it was read
      known = now;
      timer = clock.after(lookEveryMs, watch); // before the handlers, which may close all this
      consider(source);
    });
  }

  function read(): Source {
    return readSource(withoutDevices(edges.configFiles, files), flags.configFile, machine.cwd);
  }

  function consider(source: Source) {
    const resolved = resolveConfig({ ...context, source });
    if (!resolved.ok) return refuse(resolved.error.map(formatProblem));
    const { config, waiting } = applicable(running, resolved.value.config);
    const changed = changedKeys(running, config);
    const warnings = [
      ...resolved.value.warnings,
      ...waiting.map((name) => `the change of ${name} takes effect at the next start`),
    ];
    const news = warnings.filter((warning) => !warned.includes(warning));
    const isNews = changed.length > 0 || news.length > 0 || refused !== null;
    const inapplicable = isNews ? handlers.onChanged(config, changed, news) : null;
    if (inapplicable === null) [running, warned, refused] = [config, warnings, null];
    else {
      known = null; // it is tried again: what is in the way lies outside the files
      refuse([inapplicable]);
    }
  }

  function refuse(problems: readonly string[]) {
    const told = problems.join('\n');
    if (told === refused) return;
    refused = told;
    handlers.onRefused(problems);
  }

  return {
    lookNow() {
      if (isClosed) return;
      timer.cancel();
      known = null; // what is read now may be half written: it is read again when it is settled
      timer = clock.after(lookEveryMs, watch);
      consider(read());
    },
    close() {
      isClosed = true;
      timer.cancel();
    },
  };
}

/** The same files, but for those that would hold up whoever reads them: pipes and devices. */
function withoutDevices(configFiles: ConfigFiles, files: Files): ConfigFiles {
  return {
    ...configFiles,
    read: (path) =>
      files.facts(path).kind === 'other'
        ? err({ code: 'ENOTSUP', detail: 'not a regular file', denied: null })
        : configFiles.read(path),
  };
}
