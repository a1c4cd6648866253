import type { SqlitePages } from '../../io/disk/sqlite-pages.ts';
import { bytesOf, type Cell, cellAt, cellsIn, formOf, integerAt, type RecordValue, valuesIn } from './records.ts';

/** Where a block's row is, and what its beginning says of it. */
export type FoundBlock = {
  readonly id: number;
  readonly page: number;
  readonly offset: number;
};

/** A block's row, as far as its own page has it. */
export type BlockRow = {
  readonly cell: Cell;
  readonly samples: number;
  /** Where its text begins in the row, and how long it is. */
  readonly linesAt: number;
  readonly bytes: number;
};

/** A row of a table without row ids. */
export type KeyedRow = readonly RecordValue[];

/** What was found in pages. */
export type FoundRows = { readonly blocks: FoundBlock[]; readonly keyed: KeyedRow[] };

/** Looks for rows of the agent's tables in a page, whatever table it belongs to, and adds them. */
export function findRows(pages: SqlitePages, number: number, found: FoundRows): void {
  const page = pages.read(number);
  const cells = page && cellsIn(page, number, pages.usableBytes);
  if (!page || !cells) return;
  for (const offset of cells.offsets) {
    const cell = cellAt(page, offset, cells.isTable, pages.usableBytes);
    if (cell === null) continue;
    if (cells.isTable) {
      if (blockRowIn(cell) !== null) found.blocks.push({ id: cell.rowId, page: number, offset });
    } else {
      const values = valuesIn(cell);
      if (values !== null && isStateRow(values)) found.keyed.push(values);
    }
  }
}

/** Reads the row of a block that was found. Null: it is gone. */
export function readBlockRow(pages: SqlitePages, { page, offset }: FoundBlock): BlockRow | null {
  const bytes = pages.read(page);
  const cell = bytes && cellAt(bytes, offset, true, pages.usableBytes);
  return cell && blockRowIn(cell);
}

/** A block's row says twice how long its text is, which hardly any other bytes do. */
function blockRowIn(cell: Cell): BlockRow | null {
  const form = formOf(cell.local);
  const [idType, samplesType = 0, bytesType = 0, linesType = 0] = form?.types ?? [];
  if (form?.types.length !== 4 || idType !== 0 || linesType < 13 || linesType % 2 === 0) return null;
  const bytesAt = form.valuesAt + (bytesOf(samplesType) ?? 0);
  const linesAt = bytesAt + (bytesOf(bytesType) ?? 0);
  if (linesAt > cell.local.length) return null;
  const samples = integerAt(cell.local, form.valuesAt, samplesType);
  const bytes = integerAt(cell.local, bytesAt, bytesType);
  if (!(samples > 0) || bytes !== bytesOf(linesType) || linesAt + bytes !== cell.payloadBytes) return null;
  return { cell, samples, linesAt, bytes };
}

const rowForms: readonly RegExp[] = [
  /^tnnn[n0]$/, // places: sink, block, kept_for, lost, absent_since
  /^tnn[t0]n[n0]$/, // last_runs: file, ended_at, status, output, output_bytes, absent_since
  /^tnnt$/, // in_flight: file, started_ms, pid, process_started_at
  /^ttnn$/, // counters: sink, metric, value, at
];

function isStateRow(values: KeyedRow): boolean {
  const form = values.map((value) => (value === null ? '0' : typeof value === 'string' ? 't' : 'n')).join('');
  return rowForms.some((one) => one.test(form));
}
