import type { PluginFile } from './plugin.ts';

/**
 * What a mark on the charts, and a notice to the collector, says: the agent was started; a plugin's
 * script was changed; it began to fail or to hang; it is well again.
 */
export type MarkKind = 'started' | 'changed' | 'failing' | 'hung' | 'well';

/** Something that people want to see beside the values: one moment, and what happened then. */
export type Mark = {
  /** Unix time in whole seconds. */
  readonly atS: number;
  /** How long the plugin was not well, in seconds, where it is well again; else 0. */
  readonly durationS: number;
  readonly kind: MarkKind;
  /** The plugin that it is about; null: the agent. */
  readonly plugin: PluginFile | null;
  /** One sentence for people, without the host. */
  readonly text: string;
};

/** Notices that wait for the collector. */
export type NoticeQueue = {
  /** Those that it has not accepted, oldest first. */
  owed(): readonly Notice[];
  /** Takes those that it has accepted. */
  accepted(notices: readonly Notice[]): void;
};

/** A mark that is sent to the collector. `id` grows from one to the next. */
export type Notice = Mark & { readonly id: number };
