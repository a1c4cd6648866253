import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from './contents.ts';
import { npmPackage } from './npm-package.ts';

type PinnedNode = { readonly version: string } & Readonly<
  Record<Architecture, { readonly name: string; readonly integrity: string }>
>;

/** `node.json`: each supported Node, and which of them the packages for Linux bring along. */
type PinnedNodes = { readonly packaged: string; readonly majors: Readonly<Record<string, PinnedNode>> };

const pinned: PinnedNodes = JSON.parse(readFileSync(new URL('node.json', import.meta.url), 'utf8'));

/** The major versions of Node that are supported, oldest first. */
export const nodeMajors: readonly string[] = Object.keys(pinned.majors);

/**
 * Gets Node of this major version, in the version and with the hash of `node.json`, unless `cache`
 * has it. Returns its path. Throws if it can't be had, or is another one.
 */
export function nodeProgram(major: string, architecture: Architecture, cache: string): string {
  const node = pinned.majors[major];
  if (!node) throw new Error(`packaging/node.json does not have Node ${major}`);
  return join(npmPackage({ ...node[architecture], version: node.version }, cache), 'bin/node');
}

/** Returns the packages' Node for this architecture, without what only a debugger needs. */
export function nodeBinary(architecture: Architecture, cache: string): Uint8Array {
  return withoutSections(readFileSync(nodeProgram(pinned.packaged, architecture, cache)));
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
