/**
 * Compresses into the block format of Snappy (google/snappy, format_description.txt), which remote
 * write prescribes. It is quick rather than thorough: one table of positions, one match a word.
 */

/** A block is compressed by itself, so that 16 bits hold each distance in it. */
const blockBytes = 0x1_0000;

const tableBits = 14;

/** A match is looked for as far as four bytes before the end of a block. */
const wordBytes = 4;

const longestCopy = 64;

/** Compresses one input after the other, with one table for all of them. */
export class Snappy {
  /** Where in the block a word with this hash was seen last. */
  readonly #table = new Uint16Array(1 << tableBits);
  #input: Uint8Array = new Uint8Array();
  #output: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Returns the compressed form of `input`, in memory of its own. */
  compress(input: Uint8Array): Buffer {
    this.#input = input;
    this.#output = Buffer.allocUnsafe(32 + input.length + Math.ceil(input.length / 6)); // as Google's own bound
    this.#length = 0;
    this.#putLength(input.length);
    for (let start = 0; start < input.length; start += blockBytes)
      this.#compressBlock(start, Math.min(input.length, start + blockBytes));
    return this.#output.subarray(0, this.#length);
  }

  #compressBlock(start: number, end: number): void {
    const input = this.#input;
    const table = this.#table.fill(0);
    let literalStart = start;
    let at = start + 1;
    while (at + wordBytes <= end) {
      const word = this.#wordAt(at);
      const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - tableBits);
      const candidate = start + (table[slot] ?? 0);
      table[slot] = at - start;
      if (this.#wordAt(candidate) !== word) {
        at += 1 + ((at - literalStart) >> 5); // what does not repeat is passed over faster and faster
        continue;
      }
      let matched = wordBytes;
      while (at + matched < end && input[candidate + matched] === input[at + matched]) matched += 1;
      this.#putLiteral(literalStart, at);
      this.#putCopy(at - candidate, matched);
      at += matched;
      literalStart = at;
    }
    this.#putLiteral(literalStart, end);
  }

  #wordAt(at: number): number {
    const input = this.#input;
    return (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16) | ((input[at + 3] ?? 0) << 24);
  }

  /** The length of the whole: groups of 7 bits, the lowest first. */
  #putLength(bytes: number): void {
    let rest = bytes;
    for (; rest >= 0x80; rest >>>= 7) this.#output[this.#length++] = (rest & 0x7f) | 0x80;
    this.#output[this.#length++] = rest;
  }

  /** Puts a part of the input as it is. Its length less one comes before it. */
  #putLiteral(start: number, end: number): void {
    const [output, last] = [this.#output, end - start - 1];
    if (last < 0) return;
    if (last < 60) output[this.#length++] = last << 2;
    else if (last < 0x100) {
      output[this.#length++] = 60 << 2;
      output[this.#length++] = last;
    } else {
      output[this.#length++] = 61 << 2;
      this.#length = output.writeUInt16LE(last, this.#length);
    }
    output.set(this.#input.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  /** Puts "`bytes` bytes as they stand `distance` bytes before". Each copy takes 1 to 64 bytes. */
  #putCopy(distance: number, bytes: number): void {
    const output = this.#output;
    for (let rest = bytes; rest > 0; ) {
      const length = Math.min(rest, longestCopy);
      output[this.#length++] = ((length - 1) << 2) | 2;
      this.#length = output.writeUInt16LE(distance, this.#length);
      rest -= length;
    }
  }
}
