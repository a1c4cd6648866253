import type { IncomingRequest } from '../io/net/http-server.ts';

/** The part of a metric's past that a request asks for. */
export type HistoryQuery = { readonly metric: string; readonly fromS: number; readonly toS: number };

/** Reads `metric`, `from` and `to` of a request; null: one is missing, or is not as expected. */
export function historyQuery(query: IncomingRequest['query']): HistoryQuery | null {
  const metric = query.get('metric') ?? '';
  const [fromS, toS] = [secondsOf(query.get('from')), secondsOf(query.get('to'))];
  return metric === '' || fromS === null || toS === null || fromS > toS ? null : { metric, fromS, toS };
}

const mostNames = 120; // the page asks for at most 60

/**
 * Returns the files between the `/` of a text. The file of a plugin in a `[directory:NAME]` holds a
 * `/` itself, so two names in a row may be one file: all of them are returned, as one and as two.
 * Null: there is none, or there are more than 120 between the `/`.
 */
export function filesOf(text: string): ReadonlySet<string> | null {
  const names = text.split('/');
  if (text === '' || names.length > mostNames) return null;
  return new Set([...names, ...names.slice(1).map((name, index) => `${names[index] ?? ''}/${name}`)]);
}

function secondsOf(word: string | undefined): number | null {
  return word !== undefined && /^\d{1,12}(\.\d+)?$/.test(word) ? Number(word) : null;
}
