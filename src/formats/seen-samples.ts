/**
 * The samples of an output that came already, in a table of their hashes: a `Set` of the names
 * would take longer than all other work of reading them, and memory that grows with their length.
 * Two different samples have the same hash once in 10^7 outputs of 50,000 samples.
 */

/**
 * How many different samples of an output are remembered, so that memory is bounded. One that
 * repeats a later one than these is sent.
 */
const rememberedSamples = 50_000;
const firstPlaces = 64; // a power of 2, as all sizes of the table are

/** Remembers names and times of samples. */
export class SeenSamples {
  #count = 0;
  /** Two numbers for each place: both halves of a hash. The first is 0 where the place is free. */
  #places = new Int32Array(firstPlaces * 2);

  /** Remembers a sample, and returns whether it is the first with its name and time. */
  isNew(name: string, atS: number): boolean {
    // Multiplied, so that times and first characters that are near each other do not cancel out
    let first = Math.imul(atS ^ 0x2545f491, 0x9e3779b1);
    let second = Math.imul(atS ^ 0x6c8e9cf5, 0x5f356495);
    for (let at = 0; at < name.length; at += 1) {
      const code = name.charCodeAt(at);
      first = Math.imul(first ^ code, 0x9e3779b1);
      second = Math.imul(second ^ code, 0x5f356495);
    }
    return this.#isNewHash(mixed(first) || 1, mixed(second));
  }

  #isNewHash(first: number, second: number): boolean {
    const at = placeOf(this.#places, first, second);
    if (this.#places[at] !== 0) return false;
    if (this.#count === rememberedSamples) return true;
    this.#places[at] = first;
    this.#places[at + 1] = second;
    this.#count += 1;
    if (this.#count * 4 > this.#places.length) this.#grow();
    return true;
  }

  #grow(): void {
    const former = this.#places;
    this.#places = new Int32Array(former.length * 4);
    for (let at = 0; at < former.length; at += 2) {
      const [first = 0, second = 0] = [former[at], former[at + 1]];
      if (first === 0) continue;
      const place = placeOf(this.#places, first, second);
      this.#places[place] = first;
      this.#places[place + 1] = second;
    }
  }
}

/** Where a hash is in the table, or else the free place where it belongs. */
function placeOf(places: Int32Array, first: number, second: number): number {
  const mask = places.length - 2;
  let at = (second * 2) & mask;
  while (places[at] !== 0 && (places[at] !== first || places[at + 1] !== second)) at = (at + 2) & mask;
  return at;
}

/** Spreads what the characters made of a number over all its bits. */
function mixed(hash: number): number {
  const spread = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return spread ^ (spread >>> 13);
}
