import type { CollectorAddress, ListenAddress, ProxySettings } from '../model/config.ts';
import { ok, type Result } from '../model/result.ts';
import { formatHostPort, parseHostPort } from '../words/addresses.ts';
import type { Misfit } from './problem.ts';
import { type Kind, misfit, quote } from './values.ts';

/** A collector: the default port is 8001, with `tcp://` 8000; TLS unless the port is 8000. */
export const collectorAddress: Kind<CollectorAddress> = address({
  what: "a collector's address",
  portOf: (scheme) => (scheme === 'tcp' ? 8000 : 8001),
  isTls: (port) => port !== 8000,
});

/** A Carbon server: the default port is 2003; TLS only with `tls://`. */
export const carbonAddress: Kind<CollectorAddress> = address({
  what: 'the address of a Carbon server',
  portOf: () => 2003,
  isTls: () => false,
});

/** An address to listen on: a host of this machine and a port; port 0: any free port. */
export const listenAddress: Kind<ListenAddress> = {
  type: 'address',
  bounds: 'host:port, [IPv6]:port',
  parse(text) {
    const parsed = parseHostPort(text);
    if (parsed === null || parsed.port === null)
      return misfit(
        `${quoteAddress(text)} is not an address to listen on`,
        'expected HOST:PORT, such as 127.0.0.1:8642 or [::1]:0',
      );
    return ok({ host: parsed.host, port: parsed.port });
  },
  show: formatHostPort,
};

/**
 * A server over HTTP: a URL without user, query and fragment. Trailing slashes are removed.
 * Problems show nothing that may be a password.
 */
export const url: Kind<string> = {
  type: 'url',
  bounds: 'http://host[:port][/path], https://host[:port][/path]',
  parse(value) {
    const expected = 'expected http://host[:port] or https://host[:port], with a path if the server needs one';
    const parsed = URL.canParse(value) ? new URL(value) : null;
    const beginsWithHost = parseHostPort(value.split('/')[0] ?? '') !== null;
    if (beginsWithHost && !value.includes('//'))
      return misfit(`${quoteAddress(value)} does not begin with http:// or https://`, expected);
    if (parsed === null || !/^https?:$/.test(parsed.protocol))
      return misfit(`${quoteAddress(value)} is not a URL`, expected);
    if (parsed.username !== '' || parsed.password !== '')
      return misfit(
        'the URL holds a user name or a password',
        'expected a URL without them; other keys of the section are for a login',
      );
    if (/[?#]/.test(value)) return misfit(`${quoteAddress(value)} has a query or a fragment`, expected);
    return ok(parsed.href.replace(/\/+$/, ''));
  },
  show: (value) => value,
};

/**
 * An HTTP proxy, with the login that it asks for; null: none is used. Problems show no login, and
 * neither does what is shown.
 */
export const proxy: Kind<ProxySettings | null> = {
  type: 'proxy',
  bounds: 'http://host[:port], http://user:password@host[:port], none',
  parse(value, { origin }) {
    const expected = 'expected http://HOST:PORT, http://USER:PASSWORD@HOST:PORT or none';
    if (value.toLowerCase() === 'none') return ok(null);
    const parsed = URL.canParse(value) ? new URL(value) : null;
    if (parsed?.protocol !== 'http:' || parsed.pathname !== '/' || /[?#]/.test(value))
      return misfit(`${quoteAddress(value)} is not the address of an HTTP proxy`, expected);
    const [username, password] = [decode(parsed.username), decode(parsed.password)];
    if (username === null || password === null)
      return misfit('user or password of the proxy has a percent sign that begins no escape', 'expected %25 for it');
    const login = parsed.username === '' && parsed.password === '' ? null : { username, password };
    return ok({ host: parsed.hostname.replace(/^\[|\]$/g, ''), port: Number(parsed.port) || 80, login, origin });
  },
  show: (value) => (value === null ? 'none' : `http://${value.login ? '…@' : ''}${formatHostPort(value)}`),
};

/** Headers that the agent sets itself: they frame a request or ask for another kind of answer. */
const ownHeaders: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'upgrade',
  'expect',
  'trailer',
  'transfer-encoding',
  'accept-encoding',
  'content-type',
  'content-length',
  'content-encoding',
]);

/**
 * Headers of every request, in the form of OTEL_EXPORTER_OTLP_HEADERS: `name=value,name=value`,
 * with percent-encoded values. Problems show neither values nor names, because both may be
 * secrets.
 */
export const headers: Kind<Readonly<Record<string, string>>> = {
  type: 'headers',
  bounds: 'name=value,name=value; `%20` for a space, `%2C` for a comma, `%25` for a percent sign',
  parse(value) {
    const expected = 'expected name=value,name=value; in a value a percent sign is %25, a comma %2C';
    const decodedHeaders: [string, string][] = [];
    for (const [index, part] of value.split(',').entries()) {
      const [, name, encoded = ''] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=(.*)$/s.exec(part) ?? [];
      const decoded = decode(encoded.trim());
      if (name === undefined) return misfit(`header ${index + 1} is not name=value`, expected);
      if (/^\s*["']/.test(encoded))
        return misfit(
          `the value of header ${index + 1} begins with a quote`,
          'expected it without quotes; a comma is %2C and a quote is %22',
        );
      if (decoded === null || !/^[\t\x20-\x7e]+$/.test(decoded))
        return misfit(`header ${index + 1} has no value, or one that a header can't have`, expected);
      if (ownHeaders.has(name.toLowerCase()))
        return misfit(`header ${index + 1} is one that the agent sets itself`, 'leave it out');
      decodedHeaders.push([name.toLowerCase(), decoded]);
    }
    return ok(Object.fromEntries(decodedHeaders));
  },
  show: () => '…',
};

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/**
 * An address as a problem shows it: without the parts before `@` and after `?` or `#`. They may be
 * secret.
 */
function quoteAddress(text: string): string {
  return quote(text.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1…@').replace(/([?#]).+$/s, '$1…'));
}

/** `host[:port]`, `tls://host[:port]` or `tcp://host[:port]`. */
function address(options: {
  readonly what: string;
  readonly portOf: (scheme: string | undefined) => number;
  readonly isTls: (port: number) => boolean;
}): Kind<CollectorAddress> {
  return {
    type: 'address',
    bounds: 'host[:port], tls://host:port, tcp://host:port, [IPv6]:port',
    parse(text): Result<CollectorAddress, Misfit> {
      const [, scheme, rest = ''] = /^(?:(tls|tcp):\/\/)?(.*)$/s.exec(text) ?? [];
      const parsed = parseHostPort(rest);
      if (!parsed || parsed.port === 0)
        return misfit(
          `${quoteAddress(text)} is not ${options.what}`,
          'expected host, host:port, tls://host:port, tcp://host:port or [IPv6]:port',
        );
      const port = parsed.port ?? options.portOf(scheme);
      return ok({ host: parsed.host, port, tls: scheme ? scheme === 'tls' : options.isTls(port) });
    },
    show({ host, port, tls }) {
      const hostPort = formatHostPort({ host, port });
      return tls === options.isTls(port) ? hostPort : `${tls ? 'tls' : 'tcp'}://${hostPort}`;
    },
  };
}
