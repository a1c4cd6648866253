import type { TreeMachine } from './machine.ts';

/** All that is in a root file system: by path, its kind, mode, owner and contents. */
export type Listing = ReadonlyMap<string, string>;

/** Lists the root file system of a machine, with a checksum of each file. */
export async function listing(machine: TreeMachine): Promise<Listing> {
  const printed = await machine.run(`find / -xdev -printf '%p\\t%y %m %U:%G %l\\n'
find / -xdev -type f -exec md5sum {} + | sed 's|^\\([0-9a-f]*\\)  \\(.*\\)|\\2\\t\\1|'`);
  const found = new Map<string, string>();
  for (const line of printed.split('\n')) {
    const [path = '', what = ''] = line.split('\t');
    found.set(path, `${found.get(path) ?? ''}${what} `);
  }
  return found;
}

/** The paths that are not the same in both, sorted. */
export function changedPaths(before: Listing, after: Listing): readonly string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.filter((path) => before.get(path) !== after.get(path));
}
