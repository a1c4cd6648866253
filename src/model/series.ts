/**
 * What a value is: a reading, or a count that only grows until it starts again. `info`: a reading
 * that means something by its labels alone, so it is sent only where labels are.
 */
export type SeriesKind = 'gauge' | 'counter' | 'info';

/** The families of what the agent measures of its plugins begin with this. */
export const pluginFamilies = 'instrument_server_plugin_';

/** Whether a series is one that the agent measures of a plugin. */
export function isOfPlugin(series: Series | undefined): boolean {
  return series?.family?.startsWith(pluginFamilies) ?? false;
}

/** A label of a series. Neither part is empty. */
export type Label = readonly [name: string, value: string];

/** What a format says of a sample beside its dotted name. */
export type Series = {
  /** The name without labels, as the format has it; null: the dotted name is all there is. */
  readonly family: string | null;
  /** Sorted by name, each name once. */
  readonly labels: readonly Label[];
  readonly kind: SeriesKind;
  /** As the format has it, such as `B` or `seconds`; empty: none is given. */
  readonly unit: string;
};
