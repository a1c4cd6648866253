/**
 * Copies what can be read of a damaged database into a new one, in steps of some ten milliseconds:
 * first it looks through all pages for rows, then it copies the blocks that some sink lacks, oldest
 * first and with their ids, so that the sinks' positions hold. SQLite is not asked: where a page
 * that leads to others is damaged, it finds none of them.
 */
import type { Database } from '../../io/disk/database.ts';
import type { SqlitePages } from '../../io/disk/sqlite-pages.ts';
import { prepareSpoolSql, type SpoolSql } from '../spool/sql.ts';
import { type FoundBlock, type FoundRows, findRows, readBlockRow } from './find-rows.ts';
import { type SoundLines, soundLines } from './lines.ts';
import { payloadOf } from './payload.ts';
import type { Salvaged, SalvageScope } from './scope.ts';
import { putStateRows } from './state-rows.ts';

const pagesAStep = 512;
const textAStep = 128 * 1024;
const blocksAStep = 200;

type SalvagePhase =
  /** Pages up to `page` were looked at. */
  | { readonly kind: 'looking'; page: number; readonly found: FoundRows }
  /** The blocks before index `next` are copied. */
  | { readonly kind: 'copying'; readonly blocks: readonly FoundBlock[]; next: number };

/** One salvage, from the pages of a damaged file to an empty database. */
export class Salvage {
  readonly #pages: SqlitePages;
  readonly #db: Database;
  readonly #sql: SpoolSql;
  readonly #scope: SalvageScope;
  #phase: SalvagePhase = { kind: 'looking', page: 0, found: { blocks: [], keyed: [] } };
  #samples = 0;
  #lost = 0;

  constructor(pages: SqlitePages, db: Database, scope: SalvageScope) {
    this.#pages = pages;
    this.#db = db;
    this.#sql = prepareSpoolSql(db);
    this.#scope = scope;
  }

  /** Does a little of it. Returns whether there is more to do. Throws what SQLite says of `db`. */
  step(): boolean {
    return this.#phase.kind === 'looking' ? this.#look(this.#phase) : this.#copy(this.#phase);
  }

  result(): Salvaged {
    return { samples: this.#samples, lost: this.#lost };
  }

  #look(phase: SalvagePhase & { readonly kind: 'looking' }): boolean {
    const { found } = phase;
    const to = Math.min(this.#pages.count, phase.page + pagesAStep);
    while (phase.page < to) {
      phase.page += 1;
      findRows(this.#pages, phase.page, found);
    }
    if (to < this.#pages.count) return true;
    let first = 0;
    this.#db.transaction(() => {
      first = putStateRows(this.#db, found.keyed, this.#scope);
    });
    const newest = this.#scope.kind === 'running' ? this.#scope.newest : Number.MAX_SAFE_INTEGER;
    const blocks = found.blocks.filter(({ id }) => id > first && id <= newest).sort((a, b) => a.id - b.id);
    this.#phase = { kind: 'copying', blocks, next: 0 };
    return true;
  }

  #copy(phase: SalvagePhase & { readonly kind: 'copying' }): boolean {
    this.#db.transaction(() => {
      let copiedBytes = 0;
      for (let count = 0; count < blocksAStep && copiedBytes < textAStep; count += 1) {
        const versions = versionsAt(phase.blocks, phase.next);
        const [block] = versions;
        if (!block) break;
        phase.next += versions.length;
        copiedBytes += this.#copyBlock(block.id, versions);
      }
    });
    return phase.next < phase.blocks.length;
  }

  /** Copies the best version of a block; a page that is free now may hold another. */
  #copyBlock(id: number, versions: readonly FoundBlock[]): number {
    let best: SoundLines = { samples: 0, lines: '' };
    let samples = 0;
    for (const version of versions) {
      const row = readBlockRow(this.#pages, version);
      if (row === null) continue;
      const { bytes, damaged } = payloadOf(this.#pages, row.cell);
      const ofText = damaged.map(({ from, to }) => ({ from: from - row.linesAt, to: to - row.linesAt }));
      const sound = soundLines(bytes.toString('latin1', row.linesAt), row.samples, ofText);
      samples = Math.max(samples, row.samples);
      if (sound.samples > best.samples) best = sound;
    }
    if (best.samples > 0) this.#sql.insert(id, best);
    this.#samples += best.samples;
    this.#lost += samples - best.samples;
    return best.lines.length;
  }
}

/** The found blocks from an index on that have the same id. */
function versionsAt(blocks: readonly FoundBlock[], from: number): readonly FoundBlock[] {
  let to = from;
  while (to < blocks.length && blocks[to]?.id === blocks[from]?.id) to += 1;
  return blocks.slice(from, to);
}
