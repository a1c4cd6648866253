/**
 * Which metric names a plugin has had: hashes of 32 bits in typed arrays, about 8 to 16 bytes a
 * name. Two names with one hash count as one, which is one name too many in 200,000 where 20,000
 * are remembered.
 */

const generationMs = 12 * 3_600_000;

/**
 * The names that one plugin had within the last 24 hours, in two generations of 12 hours: a name
 * is forgotten 12 to 24 hours after it was last seen.
 */
export class NameMemory {
  #current = new HashSet();
  #former: HashSet | null = null;
  #sinceMs: number;
  /** How many names are in one generation or both. */
  #size = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  size(): number {
    return this.#size;
  }

  /** Begins another generation if the last one is 12 hours old. */
  age(nowMs: number): void {
    const ageMs = nowMs - this.#sinceMs;
    if (ageMs < generationMs) return;
    this.#former = ageMs < 2 * generationMs ? this.#current : null;
    this.#current = new HashSet();
    this.#size = this.#former?.size() ?? 0;
    this.#sinceMs = nowMs;
  }

  /** Remembers a name if it is known already, or if fewer than `most` are. False: it is not. */
  admit(name: string, most: number): boolean {
    const hash = nameHash(name);
    if (this.#current.has(hash)) return true;
    if (this.#former?.has(hash) !== true) {
      if (this.#size >= most) return false;
      this.#size += 1;
    }
    this.#current.add(hash);
    return true;
  }
}

const movedAnAdd = 8;

/**
 * A set of hashes: an open hash table with linear probing, at most half full. 0 marks a free
 * place. It grows little by little: a larger table takes over the hashes of the former one with
 * each `add`, and has all of them long before it is half full.
 */
class HashSet {
  #table = new Uint32Array(32);
  /** The table before it grew, and how many of its places were moved. Null: all of them. */
  #former: { readonly table: Uint32Array; moved: number } | null = null;
  #size = 0;

  size(): number {
    return this.#size;
  }

  has(hash: number): boolean {
    return isIn(this.#table, hash) || (this.#former !== null && isIn(this.#former.table, hash));
  }

  add(hash: number): void {
    if (this.#former !== null) this.#move(this.#former);
    if (this.has(hash)) return;
    this.#table[placeOf(hash, this.#table)] = hash;
    this.#size += 1;
    if (this.#size * 2 <= this.#table.length) return;
    this.#former = { table: this.#table, moved: 0 };
    this.#table = new Uint32Array(this.#table.length * 2);
  }

  #move(former: { readonly table: Uint32Array; moved: number }): void {
    const to = Math.min(former.table.length, former.moved + movedAnAdd);
    for (; former.moved < to; former.moved += 1) {
      const hash = former.table[former.moved] ?? 0;
      if (hash !== 0) this.#table[placeOf(hash, this.#table)] = hash;
    }
    if (to === former.table.length) this.#former = null;
  }
}

function isIn(table: Uint32Array, hash: number): boolean {
  return table[placeOf(hash, table)] === hash;
}

/** Where a hash is in the table, or the free place where it would be. */
function placeOf(hash: number, table: Uint32Array): number {
  const mask = table.length - 1;
  let place = hash & mask;
  while (table[place] !== 0 && table[place] !== hash) place = (place + 1) & mask;
  return place;
}

/** FNV-1a over the characters, with the bits mixed at the end as in MurmurHash3; never 0. */
function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0 || 1;
}
