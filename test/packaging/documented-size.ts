import { readFileSync } from 'node:fs';

const page = readFileSync(new URL('../../docs/deployment.md', import.meta.url), 'utf8');

/**
 * The sizes that docs/deployment.md says, in bytes of a million to the MB: of each package for
 * amd64, of an install by npm, and of the container.
 */
export const documentedBytes = {
  deb: found(/^\| `instrument-server_VERSION_ARCH\.deb`.* (\S+) MB +\|/m),
  rpm: found(/^\| `instrument-server-VERSION-1\.ARCH\.rpm`.* (\S+) MB +\|/m),
  tar: found(/^\| `instrument-server-VERSION-ARCH\.tar\.gz`.* (\S+) MB +\|/m),
  nodeless: found(/^\| `instrument-server-nodeless_VERSION_ARCH\.deb`.* (\S+) MB +\|/m),
  npm: found(/An install takes (\S+) MB/),
  container: found(/Its files take (\S+) MB/),
  layer: found(/and (\S+) MB of that are the\s+layer of the agent/),
  packedContainer: found(/packed, they are (\S+) MB/),
} as const;

/**
 * The bounds of a package that is packed with `--quick`, which makes it 10 to 18 % larger than the
 * page says: the size on the page, and a quarter more.
 */
export function boundsOfQuick(kind: 'deb' | 'rpm' | 'tar' | 'nodeless'): readonly [least: number, most: number] {
  return [documentedBytes[kind], documentedBytes[kind] * 1.25];
}

function found(pattern: RegExp): number {
  const megabytes = pattern.exec(page)?.[1];
  if (megabytes === undefined) throw new Error(`docs/deployment.md has nothing that fits ${pattern}`);
  return Number(megabytes) * 1e6;
}
