/**
 * The plugins whose state now has these labels. A state that has ended is 0, so a server that still
 * finds it is not misled.
 */
export function pluginsNow(labels: string): string {
  return `instrument_server_plugin_state{${labels}} == 1`;
}

/**
 * Returns a figure of every sink with the label `sink`. In the agent's own metrics the name of the
 * sink is a part of the metric's name. `of` makes more of the series than their last value.
 */
export function bySink(
  room: 'spool' | 'sink',
  figure: string,
  { of = (series: string) => series, labels = '' } = {},
): string {
  const series = `{__name__=~"instrument_server_${room}_.+_${figure}"${labels}}`;
  const name = `.+[.]${room}[.](.+)[.]${figure}`;
  return `max without (metric) (label_replace(${of(series)}, "sink", "$1", "metric", "${name}"))`;
}
