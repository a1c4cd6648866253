/**
 * What a server's answer means for a batch, in one place for every sink over HTTP. The rule: if
 * the samples are wrong, they are dropped. If the address, the login or the server is wrong, they
 * are returned, because a person or time can correct that.
 */
import type { HttpAnswer } from '../io/net/http-post.ts';
import type { DeliveryResult } from '../model/sink.ts';
import { visibleInQuotes } from '../words/visible.ts';
import { confirmedResult, returnedAsLost, returnedAsRefused } from './delivery-results.ts';

/**
 * The server, and what messages may say about it. `url` is where requests go; `keys` names the
 * settings that it was made of; `login` is what the agent logs in with, and where that is
 * configured; null: no login. No message holds one of `secrets`.
 */
export type HttpPeer = {
  readonly url: string;
  readonly keys: string;
  readonly login: { readonly what: string; readonly origin: string } | null;
  readonly secrets: readonly string[];
};

/** What an answer means for a request. */
export type HttpVerdict =
  | DeliveryResult
  /** The server perhaps accepts fewer samples at a time. */
  | { readonly kind: 'too-large'; readonly detail: string }
  /**
   * Because of some of the samples the server took none of them. `areAtFault`: it says so;
   * otherwise the address may be at fault.
   */
  | { readonly kind: 'refused-samples'; readonly areAtFault: boolean; readonly detail: string }
  /**
   * The server stored all but `samples` of them. It refuses also what it has stored before, so a
   * request that is sent again has this answer although all of it has arrived.
   */
  | { readonly kind: 'stored-others'; readonly samples: number; readonly detail: string };

const longestQuote = 200;

/** Complaints of nginx, Go and Apache. */
const plainHttpComplaint =
  /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server|plain HTTP to an SSL-enabled server port/i;

/** How many characters of an answer are searched for secrets; what is quoted is among them. */
const longestMasked = 64 * 1024;

/**
 * Statuses about the address or the account, not the samples, besides those with a rule of their
 * own.
 */
const aboutAddressOrAccount = new Set([402, 404, 405, 410, 415, 421, 426, 431, 451]);

/**
 * Returns what `answer` to a batch of `samples` samples means. `nowMs` is the wall clock, for a
 * server that names a time. Never throws.
 */
export function judgeAnswer(answer: HttpAnswer, peer: HttpPeer, samples: number, nowMs: number): HttpVerdict {
  const { status } = answer;
  if (status >= 200 && status < 300)
    return isPage(answer) ? returnedAsRefused(pageSentence(answer, peer)) : confirmedResult;
  const detail = `${peer.url} answered ${status}${quoteAnswer(answer, peer.secrets)}`;
  if (status === 413) return { kind: 'too-large', detail };
  if (answer.proxy !== undefined && status >= 400 && status < 500 && isPage(answer))
    return returnedAsRefused(`${detail}; a web page is perhaps the proxy's own answer: it must let the agent through`);
  if (status === 401 || status === 403 || status === 407) return returnedAsRefused(`${detail}; ${loginRemedy(peer)}`);
  if (status >= 300 && status < 400) return returnedAsRefused(`${detail}; ${redirectRemedy(answer, peer)}`);
  if (aboutAddressOrAccount.has(status)) return returnedAsRefused(`${detail}; correct ${peer.keys}`);
  const remedy = status === 400 ? remedyByWords(answer.text, peer) : null;
  if (remedy !== null) return returnedAsRefused(`${detail}; ${remedy}`);
  if (status === 425 || status === 429) return busy(detail, answer, nowMs, false);
  if (status === 408 || status === 503) return busy(detail, answer, nowMs, true); // a proxy may have passed it on
  if (status >= 400 && status < 500) return { kind: 'dropped', samples, detail };
  return returnedAsLost(detail, true);
}

function busy(sentence: string, answer: HttpAnswer, nowMs: number, mayHaveArrived: boolean): DeliveryResult {
  return {
    kind: 'returned',
    trouble: { kind: 'busy', sentence, commands: [], retryAfterMs: retryAfterMs(answer, nowMs) },
    mayHaveArrived,
  };
}

/**
 * Returns the answer's words in brackets, for the end of a sentence: what its JSON says went
 * wrong, otherwise its text; empty if it has neither. The proxy follows, if it could read the
 * request.
 */
export function quoteAnswer(answer: HttpAnswer, secrets: readonly string[]): string {
  const said = complaintIn(answer.text) ?? answer.text;
  const isWhole = answer.isWhole && said.length <= longestMasked;
  const masked = maskSecrets(said.slice(0, longestMasked), secrets);
  const longestSecret = Math.max(0, ...secrets.map((secret) => secret.length * 12)); // 12: the longest escape
  const words = quoteWords(isWhole ? masked : masked.slice(0, -longestSecret || undefined)); // a cut may split a secret
  const through = answer.proxy === undefined ? '' : ` through the proxy ${answer.proxy}`;
  return `${words === '' ? '' : ` (${words})`}${through}`;
}

/**
 * Returns text from the server on one line, in quotes: at most 200 characters, control characters
 * escaped. Empty stays empty.
 */
function quoteWords(text: string): string {
  const words = text.replace(/\s+/g, ' ').trim();
  if (words === '') return '';
  const cut = words.length > longestQuote ? `${words.slice(0, longestQuote)}…` : words;
  return visibleInQuotes(cut);
}

/**
 * Returns how long the server asks the agent to wait, in ms. `Retry-After` is in seconds, or a
 * time by the server's clock (or the agent's, if the server does not give its time). Null: not
 * said.
 */
function retryAfterMs({ retryAfter, date }: HttpAnswer, nowMs: number): number | null {
  const asked = retryAfter?.trim() ?? '';
  if (/^-?\d+$/.test(asked)) return Math.min(Math.max(0, Number(asked) * 1000), Number.MAX_SAFE_INTEGER);
  const untilMs = httpDateMs(asked);
  return untilMs === null ? null : Math.max(0, untilMs - (httpDateMs(date ?? '') ?? nowMs));
}

/**
 * Parses a time such as `Sun, 06 Nov 1994 08:49:37 GMT` to ms since 1970; null for anything else.
 */
function httpDateMs(text: string): number | null {
  const ms = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

/**
 * Whether the answer is a web page. No server that accepted samples answers in HTML, but InfluxDB
 * 2 and others answer with status 200 and a page for any path they do not know.
 */
function isPage({ text }: HttpAnswer): boolean {
  return /^\s*<[a-z!?]/i.test(text);
}

function pageSentence({ status }: HttpAnswer, { url, keys }: HttpPeer): string {
  return `${url} answered ${status} with a web page, so it accepted no samples; correct ${keys}`;
}

/**
 * Returns what to do about a 400 whose words are about the address or the agent; null: they are
 * about the samples.
 */
function remedyByWords(text: string, { keys, login }: HttpPeer): string | null {
  if (plainHttpComplaint.test(text)) return 'write url = https://…';
  if (/No required SSL certificate/i.test(text))
    // nginx
    return 'it requires a client certificate, and the agent has none';
  if (/Request Header Or Cookie Too Large/i.test(text))
    return login === null ? `correct ${keys}` : `shorten the ${login.what} from ${login.origin}`; // nginx
  if (/unsupported path requested/i.test(text)) return `correct ${keys}`; // VictoriaMetrics
  if (/json encoding isn't supported/i.test(text))
    return 'it does not accept JSON; write encoding = protobuf in [sink:otlp]'; // VictoriaMetrics
  return null;
}

function loginRemedy({ login }: HttpPeer): string {
  return login === null
    ? 'it requires a login, and none is configured'
    : `correct the ${login.what} from ${login.origin}, or its permissions on the server`;
}

function redirectRemedy({ location }: HttpAnswer, { keys, secrets }: HttpPeer): string {
  const target = quoteWords(maskSecrets(location ?? '', secrets));
  const hint = target === '' ? '' : `it redirects to ${target}, and the agent does not follow redirects: `;
  return `${hint}correct ${keys}`;
}

/**
 * Returns what the JSON of an answer says went wrong, from the fields of InfluxDB (`error`,
 * `message`) and OTLP (`message`, `errorMessage`). Null: it does not say.
 */
function complaintIn(text: string): string | null {
  const body = parseJson(text);
  const said = [
    fieldOf(body, 'message'),
    fieldOf(body, 'error'),
    fieldOf(fieldOf(body, 'partialSuccess'), 'errorMessage'),
  ];
  return said.filter((words) => typeof words === 'string').find((words) => words !== '') ?? null;
}

/** Returns a field of a parsed JSON value; undefined if it has no such field. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}

/** Parses JSON; null for any other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Returns the text with `***` for each secret, however the secret is escaped in it. */
function maskSecrets(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets.filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  const forms = longestFirst.map((secret) => Array.from(secret, formsOf).join(''));
  return forms.length === 0 ? text : text.replace(new RegExp(forms.join('|'), 'gi'), '***');
}

/**
 * Returns a pattern for one character as JSON, a URL or HTML may write it. Half a character (a
 * lone surrogate) arrives at the server as U+FFFD.
 */
function formsOf(character: string): string {
  if (/[A-Za-z\d]/.test(character)) return character;
  if (/\p{Cs}/u.test(character)) return formsOf('\ufffd');
  const hex = character.codePointAt(0)?.toString(16) ?? '';
  const plain = character.replace(/[^\w]/g, '\\$&');
  const inUrl = encodeURIComponent(character).replace(/[^\w%]/g, '\\$&');
  return `(?:&#?\\w+;|\\\\u${hex.padStart(4, '0')}|%${hex.padStart(2, '0')}|${inUrl}|\\\\?${plain})`;
}
