/**
 * What a server's answer means for a batch, in one place for every sink over HTTP. The rule behind it: what is wrong with the samples
 * drops them; what is wrong with the address, the login or the server returns them, for a person or time mends that.
 */
import type { HttpAnswer } from '../io/net/http-post.ts';
import type { DeliveryResult } from '../model/sink.ts';

/**
 * Who answered. `url` is where was posted to, `keys` are the keys of the configuration that it was made of; `login` is what we
 * showed, and where that came from; null: nothing. No message holds one of `secrets`.
 */
export type HttpPeer = {
  readonly url: string;
  readonly keys: string;
  readonly login: { readonly what: string; readonly origin: string } | null;
  readonly secrets: readonly string[];
};

/** A delivery, or `too-large`: the server would perhaps take less at a time. */
export type HttpVerdict = DeliveryResult | { readonly kind: 'too-large'; readonly detail: string };

const longestQuote = 200;

/** Of an answer so many characters are searched for secrets; what is quoted is among them. */
const longestMasked = 64 * 1024;

/** The statuses that judge our address or account and not the samples, beside those that are dealt with one by one. */
const aboutUs = new Set([402, 404, 405, 410, 415, 421, 426, 431, 451]);

/** What `answer` to a batch of `samples` samples means; `nowMs` is the wall clock's, for a server that names a time. Never throws. */
export function judgeAnswer(answer: HttpAnswer, peer: HttpPeer, samples: number, nowMs: number): HttpVerdict {
  const { status } = answer;
  if (status >= 200 && status < 300)
    return isPage(answer) ? refused(pageSentence(answer, peer)) : { kind: 'accepted', confirmed: true };
  const detail = `${peer.url} answered ${status}${quoteAnswer(answer, peer.secrets)}`;
  if (status === 413) return { kind: 'too-large', detail };
  if (status === 401 || status === 403 || status === 407) return refused(`${detail}; ${loginAdvice(peer)}`);
  if (status >= 300 && status < 400) return refused(`${detail}; ${redirectAdvice(answer, peer)}`);
  if (aboutUs.has(status)) return refused(`${detail}; correct ${peer.keys}`);
  const advice = status === 400 ? adviceByWords(answer.text, peer) : null;
  if (advice !== null) return refused(`${detail}; ${advice}`);
  if (status === 425 || status === 429) return busy(detail, answer, nowMs, false);
  if (status === 408 || status === 503) return busy(detail, answer, nowMs, true); // a proxy may have passed it on
  if (status >= 400 && status < 500) return { kind: 'dropped', samples, detail };
  return { kind: 'returned', trouble: { kind: 'lost', sentence: detail, commands: [] }, mayHaveArrived: true };
}

function busy(detail: string, answer: HttpAnswer, nowMs: number, mayHaveArrived: boolean): DeliveryResult {
  return {
    kind: 'returned',
    trouble: { kind: 'busy', sentence: detail, commands: [], retryAfterMs: retryAfterMs(answer, nowMs) },
    mayHaveArrived,
  };
}

/** A verdict that gives the batch back until a person has mended what `detail` says. */
export function refused(detail: string): DeliveryResult {
  return { kind: 'returned', trouble: { kind: 'refused', sentence: detail, commands: [] }, mayHaveArrived: false };
}

/** An answer's words in brackets, to stand behind a sentence: what its JSON says went wrong, else its text. Nothing where it has none. */
export function quoteAnswer(answer: HttpAnswer, secrets: readonly string[]): string {
  const said = complaintIn(answer.text) ?? answer.text;
  const isWhole = answer.isWhole && said.length <= longestMasked;
  const masked = maskSecrets(said.slice(0, longestMasked), secrets);
  const longestSecret = Math.max(0, ...secrets.map((secret) => secret.length * 12)); // escaped, a character takes no more
  const words = quoteWords(isWhole ? masked : masked.slice(0, -longestSecret || undefined)); // half a secret may stand at the cut
  return words === '' ? '' : ` (${words})`;
}

/** Text of the other side on one line, in quotes: at most 200 characters, control characters escaped. Empty stays empty. */
function quoteWords(text: string): string {
  const words = text.replace(/\s+/g, ' ').trim();
  if (words === '') return '';
  const cut = words.length > longestQuote ? `${words.slice(0, longestQuote)}…` : words;
  return JSON.stringify(cut).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** How long the server asks us to wait, in ms: `Retry-After` in seconds, or as a time by its own clock, else by ours. Null: not said. */
function retryAfterMs({ retryAfter, date }: HttpAnswer, nowMs: number): number | null {
  const asked = retryAfter?.trim() ?? '';
  if (/^-?\d+$/.test(asked)) return Math.min(Math.max(0, Number(asked) * 1000), Number.MAX_SAFE_INTEGER);
  const untilMs = httpDateMs(asked);
  return untilMs === null ? null : Math.max(0, untilMs - (httpDateMs(date ?? '') ?? nowMs));
}

/** A time as HTTP writes it, `Sun, 06 Nov 1994 08:49:37 GMT`, in ms since the epoch; null for anything else. */
function httpDateMs(text: string): number | null {
  const ms = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

/** Nobody who has taken samples answers in HTML; InfluxDB 2 and others have such a page, and 200, for any path they do not know. */
function isPage({ text }: HttpAnswer): boolean {
  return /^\s*<[a-z!?]/i.test(text);
}

function pageSentence({ status }: HttpAnswer, { url, keys }: HttpPeer): string {
  return `${url} answered ${status} with a web page, so it has taken nothing; correct ${keys}`;
}

/** What to do about a 400 whose words judge the address or us, and not the samples; null: they do not. */
function adviceByWords(text: string, { keys, login }: HttpPeer): string | null {
  if (
    /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server|plain HTTP to an SSL-enabled server port/i.test(
      text,
    )
  )
    return 'write url = https://…'; // nginx, Go, Apache
  if (/No required SSL certificate/i.test(text)) return 'it wants a certificate of ours, and the agent has none'; // nginx
  if (/Request Header Or Cookie Too Large/i.test(text))
    return login === null ? `correct ${keys}` : `shorten the ${login.what} from ${login.origin}`; // nginx
  if (/unsupported path requested/i.test(text)) return `correct ${keys}`; // VictoriaMetrics
  if (/json encoding isn't supported/i.test(text)) return 'it takes no JSON; [sink:influx] is for VictoriaMetrics'; // VictoriaMetrics
  return null;
}

function loginAdvice({ login }: HttpPeer): string {
  return login === null
    ? 'it wants a login, and none is configured'
    : `correct the ${login.what} from ${login.origin}, or what it may do there`;
}

function redirectAdvice({ location }: HttpAnswer, { keys, secrets }: HttpPeer): string {
  const target = quoteWords(maskSecrets(location ?? '', secrets));
  return `${target === '' ? '' : `it sends us to ${target}, and we follow nobody: `}correct ${keys}`;
}

/** What the JSON of an answer says went wrong, where InfluxDB (`error`, `message`) and OTLP (`message`, `errorMessage`) have it. */
function complaintIn(text: string): string | null {
  const body = parseJson(text);
  const said = [
    fieldOf(body, 'message'),
    fieldOf(body, 'error'),
    fieldOf(fieldOf(body, 'partialSuccess'), 'errorMessage'),
  ];
  return said.filter((words) => typeof words === 'string').find((words) => words !== '') ?? null;
}

/** A field of what JSON holds; undefined where there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}

/** What a text holds as JSON; null where it holds none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The text with each secret in it as `***`, however it is escaped there. */
function maskSecrets(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets.filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  const forms = longestFirst.map((secret) => Array.from(secret, formsOf).join(''));
  return forms.length === 0 ? text : text.replace(new RegExp(forms.join('|'), 'gi'), '***');
}

/** A pattern for one character as JSON, a URL or HTML may write it. Half a character, a lone surrogate, arrives there as U+FFFD. */
function formsOf(character: string): string {
  if (/[A-Za-z\d]/.test(character)) return character;
  if (/\p{Cs}/u.test(character)) return formsOf('\ufffd');
  const hex = character.codePointAt(0)?.toString(16) ?? '';
  const plain = character.replace(/[^\w]/g, '\\$&');
  const inUrl = encodeURIComponent(character).replace(/[^\w%]/g, '\\$&');
  return `(?:&#?\\w+;|\\\\u${hex.padStart(4, '0')}|%${hex.padStart(2, '0')}|${inUrl}|\\\\?${plain})`;
}
