import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import { readSource } from '../../src/config/source.ts';
import { type ConfigWatcher, startConfigWatcher } from '../../src/config/watched.ts';
import type { Clock } from '../../src/io/clock.ts';
import { type ConfigFiles, systemConfigFiles } from '../../src/io/disk/config-files.ts';
import { type Files, systemFiles } from '../../src/io/disk/files.ts';
import type { Config } from '../../src/model/config.ts';
import { fakeClock } from '../helpers/fake-clock.ts';
import { tempDir } from '../helpers/temp-dir.ts';

/** One call of a handler. */
export type Told =
  | { readonly changed: readonly string[]; readonly warnings: readonly string[] }
  | { readonly refused: readonly string[] };

export type Watched = {
  readonly clock: ReturnType<typeof fakeClock>;
  readonly watcher: ConfigWatcher;
  /** The configuration that was applied last. */
  running(): Config;
  /** The calls of handlers since the last call of this function. */
  told(): readonly Told[];
  /** The calls of handlers within the next half second, which is as long as a change may take. */
  soon(): readonly Told[];
};

/**
 * Reads `file` (null: what is read without `-f`) in `dir` and watches it on a fake clock until the
 * test is over; throws if it is bad. `meanwhile` happens between the two.
 */
export function watchConfig(
  dir: string,
  file: string | null,
  edges: {
    readonly configFiles?: ConfigFiles;
    readonly files?: Files;
    readonly meanwhile?: () => void;
    readonly onTold?: (told: Told) => void;
    /** Why the agent can't apply a configuration; null: it can. */
    readonly inapplicable?: (config: Config) => string | null;
    readonly realClock?: Clock;
  } = {},
): Watched {
  const { configFiles = systemConfigFiles, files = systemFiles, onTold = () => {} } = edges;
  const clock = fakeClock();
  const flags = { configFile: file, tempDir: null, pidFile: null, user: null, given: new Map<string, string>() };
  const machine = { hostname: 'web-1', cores: 2, uid: 1000, home: '/home/ann', cwd: dir };
  const source = readSource(configFiles, file, dir);
  const resolved = resolveConfig({ flags, env: {}, source, machine, nowMs: Date.now });
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
  edges.meanwhile?.();
  let running = resolved.value.config;
  const told: Told[] = [];
  const tell = (one: Told) => {
    told.push(one);
    onTold(one);
  };
  const watcher = startConfigWatcher(
    { clock: edges.realClock ?? clock, files, configFiles },
    { flags, env: {}, machine, nowMs: Date.now },
    { source, ...resolved.value },
    {
      onChanged(config, changed, warnings) {
        const inapplicable = edges.inapplicable?.(config) ?? null;
        if (inapplicable !== null) return inapplicable;
        running = config;
        tell({ changed, warnings });
        return null;
      },
      onRefused: (problems) => tell({ refused: problems }),
    },
  );
  onTestFinished(watcher.close);
  return {
    clock,
    watcher,
    running: () => running,
    told: () => told.splice(0),
    soon() {
      clock.advance(900);
      return told.splice(0);
    },
  };
}

/**
 * Edges that see `dir` in place of the file system's root, and so the files that are read without
 * `-f`.
 */
export function below(dir: string): { readonly configFiles: ConfigFiles; readonly files: Files } {
  return {
    configFiles: {
      read: (path) => systemConfigFiles.read(dir + path),
      list: (path) => systemConfigFiles.list(dir + path),
    },
    files: {
      ...systemFiles,
      facts: (path) => systemFiles.facts(dir + path),
      entries: (path) => systemFiles.entries(dir + path),
      fingerprint: (path) => systemFiles.fingerprint(dir + path),
    },
  };
}

/** The call of a handler where these keys changed and there is no warning. */
export function changed(...names: readonly string[]): Told {
  return { changed: names, warnings: [] };
}

/**
 * A folder for one test, and the file `x.ini` in it, which is not there yet. `write` writes a file
 * in place, that one unless another is named. No two texts are equally long: two writes of a test
 * may fall into one tick of the kernel's clock.
 */
export function makeFolder(): {
  readonly dir: string;
  readonly file: string;
  write(text: string, path?: string): void;
} {
  const dir = tempDir();
  const file = join(dir, 'x.ini');
  let writes = 0;
  return {
    dir,
    file,
    write(text, path = file) {
      writes += 1;
      writeFileSync(path, `${text}\n${'#'.repeat(writes)}`, { mode: 0o600 });
    },
  };
}
