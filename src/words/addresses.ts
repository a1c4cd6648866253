/**
 * Host and port from `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`; `port` is null where it is
 * left out. Null for any other text.
 */
export function parseHostPort(text: string): { readonly host: string; readonly port: number | null } | null {
  const [, ipv6, name, digits] = /^(?:\[([\da-f:.]+(?:%[\w.-]+)?)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = digits === undefined ? null : Number(digits);
  return host === undefined || (port ?? 0) > 65_535 ? null : { host, port };
}

/** `HOST:PORT`, or `[IPV6]:PORT`. */
export function formatHostPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
