import type { ConfigFiles } from '../../io/disk/config-files.ts';
import type { Files } from '../../io/disk/files.ts';
import type { Result } from '../../model/result.ts';

/** The systems whose configuration can be imported. */
export const importSystems = ['nagios', 'munin', 'telegraf'] as const;

/** One of these systems. */
export type ImportSystem = (typeof importSystems)[number];

/** Where the configuration of each system usually is. */
export const usualPaths: Readonly<Record<ImportSystem, string>> = {
  nagios: '/etc/nagios/nrpe.cfg',
  munin: '/etc/munin',
  telegraf: '/etc/telegraf/telegraf.conf',
};

/** A piece of the ini text that an import prints, with what is said of it. */
export type ImportedSection = {
  /** Such as `plugin:check_load`; null: remarks without a section. */
  readonly header: string | null;
  /** What the section does not do as the original did, one sentence each. */
  readonly remarks: readonly string[];
  /** What is good to know, one sentence or line each. It is not counted. */
  readonly notes: readonly string[];
  readonly entries: readonly (readonly [key: string, value: string])[];
  /** False: the section is printed as a comment, because the user has to complete it first. */
  readonly isActive: boolean;
};

/** What an import has read. `plugins` is how many of them will run. */
export type ImportedConfig = { readonly sections: readonly ImportedSection[]; readonly plugins: number };

/** Why nothing was imported, in words. `status` is the exit status: 2 if another path is needed. */
export type ImportFailure = { readonly status: 1 | 2; readonly message: string };

/**
 * The host that an import reads. `user` is the name of the user that the agent will run as.
 * `reportIntervalS` is the time between two ticks of the agent.
 */
export type ImportHost = {
  readonly files: Pick<Files, 'facts' | 'entries' | 'isLink' | 'linkTarget'>;
  readonly configFiles: ConfigFiles;
  readonly user: string;
  readonly reportIntervalS: number;
};

/** Reads the configuration of one system. `path` is absolute. Never throws. */
export type Importer = (path: string, host: ImportHost) => Promise<Result<ImportedConfig, ImportFailure>>;

/** Makes a section of remarks and notes alone. */
export function remarksAlone(remarks: readonly string[], notes: readonly string[] = []): ImportedSection {
  return { header: null, remarks, notes, entries: [], isActive: true };
}
