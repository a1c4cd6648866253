import { join } from 'node:path';
import { type BlockCounts, type HostFiles, hostFiles } from '../../src/io/disk/host-files.ts';
import type { AgentEvent } from '../../src/model/event.ts';
import { ok, type Result } from '../../src/model/result.ts';
import type { Sample } from '../../src/model/sample.ts';

/** The folder of one re-rooted `/proc`, such as `plain`. */
export function procDir(name: string): string {
  return join(import.meta.dirname, '../../fixtures/proc', name);
}

/** The text of one file of a re-rooted `/proc`. Throws if there is none. */
export function procText(name: string, file: string): string {
  const text = hostFiles(procDir(name)).read(file);
  if (!text.ok) throw new Error(text.error);
  return text.value;
}

/** 1,000 MiB, 600 of them used, 350 for ordinary users. */
export const someSpace: BlockCounts = { bsize: 4096, blocks: 256_000, bfree: 102_400, bavail: 89_600 };

/** A mount that can be made to hang: `settle` lets every open question have its answer. */
export type Mounts = {
  statfs(mountPoint: string): Promise<Result<BlockCounts, string>>;
  readonly asked: string[];
  readonly dead: Set<string>;
  settle(): void;
};

/** Mounts that answer `someSpace` at once, but for those in `dead`. */
export function mounts(dead: readonly string[] = []): Mounts {
  const hanging: (() => void)[] = [];
  const self: Mounts = {
    asked: [],
    dead: new Set(dead),
    statfs(mountPoint) {
      self.asked.push(mountPoint);
      if (!self.dead.has(mountPoint)) return Promise.resolve(ok(someSpace));
      return new Promise((resolve) => hanging.push(() => resolve(ok(someSpace))));
    },
    settle: () => {
      for (const answer of hanging.splice(0)) answer();
    },
  };
  return self;
}

/**
 * A host whose `/proc` is the fixture that `case` names at the time of reading; its mounts are
 * made up.
 */
export function fixtureFiles(host: { case: string }, { statfs }: Pick<Mounts, 'statfs'>): HostFiles {
  return { read: (name) => hostFiles(procDir(host.case)).read(name), statfs, realPath: (path) => path };
}

/** Events in order, and those of `host.unreadable` by source. */
export function recorder(): { emit(event: AgentEvent): void; readonly unreadable: [source: string, detail: string][] } {
  const unreadable: [string, string][] = [];
  return {
    unreadable,
    emit: (event) => {
      if (event.event === 'host.unreadable') unreadable.push([event.source, event.detail]);
    },
  };
}

/** Samples as an object, `{ 'web1.load.1min': 0.52 }`; throws if a metric appears twice. */
export function byMetric(samples: readonly Sample[]): Record<string, number> {
  const names = samples.map(({ metric }) => metric);
  if (new Set(names).size !== names.length) throw new Error(`a metric came twice: ${names.join(' ')}`);
  return Object.fromEntries(samples.map(({ metric, value }) => [metric, value]));
}
