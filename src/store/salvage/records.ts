/**
 * Rows as they lie in the pages of a SQLite file: https://www.sqlite.org/fileformat2.html. What
 * does not have the form that it must have is left out; nothing here throws.
 */

/** A value of a row, as far as the agent's tables have them. */
export type RecordValue = null | number | string;

/** A row's place in a page, and what of it is in that page. */
export type Cell = {
  /** The id of a row in a table that has one; else 0. */
  readonly rowId: number;
  readonly payloadBytes: number;
  readonly local: Buffer;
  /** The page on which it continues. 0: it is whole. */
  readonly next: number;
};

/** A page's cells; `isTable`: of a table whose rows have ids. Null: it is another kind of page. */
export function cellsIn(
  page: Buffer,
  number: number,
  usableBytes: number,
): { readonly isTable: boolean; readonly offsets: readonly number[] } | null {
  const at = number === 1 ? 100 : 0;
  const type = page[at];
  if (type !== 13 && type !== 10) return null;
  const count = page.readUInt16BE(at + 3);
  if (at + 8 + 2 * count > usableBytes) return null;
  const offsets = Array.from({ length: count }, (_, index) => page.readUInt16BE(at + 8 + 2 * index));
  return { isTable: type === 13, offsets };
}

/** Reads a cell. Null: no cell can begin there. */
export function cellAt(page: Buffer, offset: number, isTable: boolean, usableBytes: number): Cell | null {
  if (offset >= usableBytes) return null;
  const size = varintAt(page, offset);
  const id = isTable && size !== null ? varintAt(page, size.end) : { value: 0, end: size?.end ?? 0 };
  if (size === null || id === null || size.value < 1) return null;
  const localBytes = localBytesOf(size.value, isTable, usableBytes);
  const end = id.end + localBytes;
  const isWhole = localBytes === size.value;
  if (end + (isWhole ? 0 : 4) > usableBytes) return null;
  return {
    rowId: id.value,
    payloadBytes: size.value,
    local: page.subarray(id.end, end),
    next: isWhole ? 0 : page.readUInt32BE(end),
  };
}

function localBytesOf(payloadBytes: number, isTable: boolean, usableBytes: number): number {
  const most = isTable ? usableBytes - 35 : Math.floor(((usableBytes - 12) * 64) / 255) - 23;
  if (payloadBytes <= most) return payloadBytes;
  const least = Math.floor(((usableBytes - 12) * 32) / 255) - 23;
  const wanted = least + ((payloadBytes - least) % (usableBytes - 4));
  return wanted <= most ? wanted : least;
}

/** The form of a row: each column's serial type, and where the values begin. */
export type RecordForm = { readonly types: readonly number[]; readonly valuesAt: number };

/** Reads the form of a row from its beginning. Null: it has none. */
export function formOf(local: Buffer): RecordForm | null {
  const size = varintAt(local, 0);
  if (size === null || size.value > local.length || size.value > 64) return null;
  const types: number[] = [];
  let at = size.end;
  while (at < size.value) {
    const type = varintAt(local, at);
    if (type === null) return null;
    types.push(type.value);
    at = type.end;
  }
  return at === size.value ? { types, valuesAt: at } : null;
}

/** Reads the values of a row that is whole in its page. Null: they do not fit. */
export function valuesIn({ local, next }: Cell): readonly RecordValue[] | null {
  const form = next === 0 ? formOf(local) : null;
  if (form === null) return null;
  const values: RecordValue[] = [];
  let at = form.valuesAt;
  for (const type of form.types) {
    const bytes = bytesOf(type);
    if (bytes === null || at + bytes > local.length) return null;
    values.push(valueAt(local, at, type, bytes));
    at += bytes;
  }
  return at === local.length ? values : null;
}

/** Reads a whole number of a row. */
export function integerAt(bytes: Buffer, at: number, type: number): number {
  const value = valueAt(bytes, at, type, bytesOf(type) ?? 0);
  return typeof value === 'number' ? value : Number.NaN;
}

/** How many bytes a value takes. Null: the agent's tables have no such type. */
export function bytesOf(type: number): number | null {
  if (type >= 13 && type % 2 === 1) return (type - 13) / 2;
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type] ?? null;
}

function valueAt(bytes: Buffer, at: number, type: number, length: number): RecordValue {
  if (type === 0) return null;
  if (type === 7) return bytes.readDoubleBE(at);
  if (type === 8 || type === 9) return type - 8;
  if (type >= 13) return bytes.toString('utf8', at, at + length);
  return length === 8 ? Number(bytes.readBigInt64BE(at)) : bytes.readIntBE(at, length);
}

/** Reads a number of variable length. Null: it does not end, or is too large for us. */
function varintAt(bytes: Buffer, at: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let index = at; index < at + 8; index += 1) {
    const byte = bytes[index];
    if (byte === undefined) return null;
    value = value * 128 + (byte & 0x7f);
    if (byte < 128) return Number.isSafeInteger(value) ? { value, end: index + 1 } : null;
  }
  return null;
}
