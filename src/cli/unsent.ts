import type { Config } from '../model/config.ts';

/**
 * Warns if samples are sent nowhere; empty if they are. Not for an agent on a console, which
 * prints them.
 */
export function unsentWarning({ collector, sinks, dashboard }: Config): readonly string[] {
  if (collector.apiKey !== null || Object.values(sinks).some((sink) => sink !== null)) return [];
  const onPage = dashboard.isEnabled ? ', but kept for the page, whose link is in the log' : '';
  return [
    `without a key and without a sink no sample is sent anywhere${onPage}; ` +
      'give a key with -k KEY or `api_key = KEY` under [collector], or a section such as [sink:graphite]',
  ];
}
