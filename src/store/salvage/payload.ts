import type { SqlitePages } from '../../io/disk/sqlite-pages.ts';
import type { Cell } from './records.ts';

/** A part of a payload: from one offset to before another. */
export type ByteRange = { readonly from: number; readonly to: number };

/** The bytes of a row, and which of them lie in pages that are damaged. */
export type Payload = { readonly bytes: Buffer; readonly damaged: readonly ByteRange[] };

/**
 * Reads a row that may continue on other pages. A page that is not plain text is damaged, and so
 * may be its pointer to the next one: if that leads nowhere, the page behind it is tried, where
 * SQLite mostly puts the next one. Such a guess counts only if the row ends where it must. What
 * can't be read is filled with zeros, and counts as damaged.
 */
export function payloadOf(pages: SqlitePages, { payloadBytes, local, next }: Cell): Payload {
  const bytes = Buffer.alloc(payloadBytes);
  local.copy(bytes);
  const damaged: ByteRange[] = [];
  let guessedFrom: number | null = null;
  let at = local.length;
  let page = next;
  while (at < payloadBytes) {
    const content = page > 0 ? pages.read(page) : null;
    if (content === null) break;
    const to = Math.min(payloadBytes, at + pages.usableBytes - 4);
    content.copy(bytes, at, 4, 4 + to - at);
    const named = content.readUInt32BE(0);
    if (isText(bytes.subarray(at, to))) {
      page = named;
    } else {
      damaged.push({ from: at, to });
      guessedFrom ??= to;
      page = [named, page + 1].find((one) => isTextPage(pages, one)) ?? 0;
    }
    at = to;
  }
  const isEndRight = at === payloadBytes && page === 0;
  const soundTo = isEndRight ? payloadBytes : Math.min(at, guessedFrom ?? at);
  bytes.fill(0, soundTo);
  if (soundTo < payloadBytes) damaged.push({ from: soundTo, to: payloadBytes });
  return { bytes, damaged };
}

function isTextPage(pages: SqlitePages, page: number): boolean {
  const bytes = page > 1 && page <= pages.count ? pages.read(page) : null;
  return bytes !== null && isText(bytes.subarray(4, 64));
}

function isText(bytes: Buffer): boolean {
  return !/[^\n -~]/.test(bytes.toString('latin1'));
}
