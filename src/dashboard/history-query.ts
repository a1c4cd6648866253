import type { IncomingRequest } from '../io/net/http-server.ts';

/** The part of a metric's past that a request asks for. */
export type HistoryQuery = { readonly metric: string; readonly fromS: number; readonly toS: number };

/** Reads `metric`, `from` and `to` of a request; null: one is missing, or is not as expected. */
export function historyQuery(query: IncomingRequest['query']): HistoryQuery | null {
  const metric = query.get('metric') ?? '';
  const [fromS, toS] = [secondsOf(query.get('from')), secondsOf(query.get('to'))];
  return metric === '' || fromS === null || toS === null || fromS > toS ? null : { metric, fromS, toS };
}

function secondsOf(word: string | undefined): number | null {
  return word !== undefined && /^\d{1,12}(\.\d+)?$/.test(word) ? Number(word) : null;
}
