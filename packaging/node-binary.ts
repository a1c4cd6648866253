import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './contents.ts';
import { npmPackage } from './npm-package.ts';

type Pinned = { readonly version: string } & Readonly<
  Record<Architecture, { readonly name: string; readonly integrity: string }>
>;

/** Returns Node for this architecture, without what only a debugger needs. */
export function nodeBinary(architecture: Architecture, cache: string): Uint8Array {
  const { version, [architecture]: found } = pinned();
  return withoutSections(readFileSync(join(npmPackage({ ...found, version }, cache), 'bin/node')));
}

function pinned(): Pinned {
  return JSON.parse(readFileSync(new URL('node.json', import.meta.url), 'utf8')) as Pinned;
}

// Where a 64-bit ELF file has these numbers: the same on x86 and ARM
const [programHeadersAt, sectionHeadersAt, entryBytesAt, entriesAt, sectionEntryAt] = [32, 40, 54, 56, 58];
const [offsetInHeader, bytesInHeader] = [8, 32];

/**
 * Cuts off an executable everything that is never loaded: symbols, and the table of sections. It is
 * what `strip` does, but on any machine for every architecture. Throws if `elf` is not an ELF file.
 */
function withoutSections(elf: Buffer): Uint8Array {
  if (elf.readUInt32BE(0) !== 0x7f454c46) throw new Error('Node is not an ELF file');
  const at = (offset: number) => Number(elf.readBigUInt64LE(offset));
  const entryBytes = elf.readUInt16LE(entryBytesAt);
  const headers = Array.from(
    { length: elf.readUInt16LE(entriesAt) },
    (_, index) => at(programHeadersAt) + index * entryBytes,
  );
  const ends = headers.map((header) => at(header + offsetInHeader) + at(header + bytesInHeader));
  const loaded = Buffer.from(elf.subarray(0, Math.max(...ends)));
  loaded.fill(0, sectionHeadersAt, sectionHeadersAt + 8);
  loaded.fill(0, sectionEntryAt, sectionEntryAt + 6); // size of an entry, their number, the one with the names
  return loaded;
}
