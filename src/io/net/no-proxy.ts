import { BlockList, isIP } from 'node:net';

/** A host without brackets, and a port. */
type NetworkTarget = { readonly host: string; readonly port: number };

/**
 * Whether a proxy of the environment is not used for a target, by the rules of Go's programs
 * (`golang.org/x/net/http/httpproxy`): never for `localhost` and loopback addresses, and not for
 * what `noProxy` lists. Commas or white space separate its entries: `*` for all; an address;
 * addresses such as `10.0.0.0/8`; `example.com` for that name and those below it; `.example.com`
 * or `*.example.com` for those below it only. `:PORT` may follow a name or an address. Other
 * entries mean nothing. Never throws.
 */
export function isExemptFromProxy(noProxy: string, { host, port }: NetworkTarget): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  const family = familyOf(name);
  if (name === 'localhost' || (family !== null && loopback.check(name, family))) return true;
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry === '*' || covers(entry, name, port));
}

function covers(entry: string, name: string, port: number): boolean {
  const [, network, bits] = /^([\d.]+|[\da-f:.]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (network !== undefined) return isWithin(network, Number(bits), name);
  const { host, portText } = splitPort(entry);
  if (portText !== undefined && Number(portText) !== port) return false;
  const family = familyOf(host);
  if (family !== null) return isWithin(host, family === 'ipv4' ? 32 : 128, name);
  const below = host.replace(/^\*?\./, '.');
  if (below === '' || below === '.') return false;
  return below.startsWith('.') ? name.endsWith(below) : name === below || name.endsWith(`.${below}`);
}

/** Splits `HOST`, `HOST:PORT`, an IPv6 address, or `[IPv6]:PORT`. */
function splitPort(entry: string): { readonly host: string; readonly portText: string | undefined } {
  if (isIP(entry) !== 0) return { host: entry, portText: undefined };
  const [, inBrackets, name = '', portText] = /^(?:\[(.+)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  return { host: inBrackets ?? name, portText };
}

function isWithin(network: string, bits: number, address: string): boolean {
  const [ofNetwork, ofAddress] = [familyOf(network), familyOf(address)];
  if (ofNetwork === null || ofAddress === null || bits > (ofNetwork === 'ipv4' ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, ofNetwork);
  return list.check(address, ofAddress);
}

function familyOf(host: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(host);
  return version === 0 ? null : version === 4 ? 'ipv4' : 'ipv6';
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');
