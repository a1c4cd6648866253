/**
 * How many different samples of an output are remembered, so that memory is bounded: 1 MiB. One
 * that repeats a later one than these is not found.
 */
const mostRemembered = 50_000;
const fewestSlots = 64;
const [startA, startB] = [0x2545f491, 0x3c6ef372];

/**
 * The names and times of an output's samples, each as a hash of 64 bits: the names themselves
 * would take many times the memory, and most of the time that reading an output takes. So a name
 * may be taken for another one: by chance, once in ten billion outputs with 50,000 names.
 */
export class SeenNames {
  /** Two numbers a slot; both are 0: it is free. At most half of the slots are taken. */
  #slots = new Int32Array(2 * fewestSlots);
  #count = 0;
  /** The hashes of what was read last. */
  #a = startA;
  #b = startB;
  /** The last stem and its hashes. */
  #stem = '';
  #stemA = startA;
  #stemB = startB;

  /**
   * Remembers a name of ASCII with its time. Returns whether it was there before. `stem` stands
   * before the name, and is read once for all names in a row that have it.
   */
  add(name: string, atS: number, stem = ''): boolean {
    if (stem !== this.#stem) this.#readStem(stem);
    this.#read(name, this.#stemA, this.#stemB);
    const a = mixed(this.#a, atS);
    const b = Math.imul(this.#b, 0x85ebca6b) || 1;
    const slot = slotOf(this.#slots, a, b);
    if (this.#slots[slot + 1] !== 0) return true;
    if (this.#count < mostRemembered) this.#insert(slot, a, b);
    return false;
  }

  #readStem(stem: string): void {
    this.#read(stem, startA, startB);
    this.#stem = stem;
    this.#stemA = this.#a;
    this.#stemB = this.#b;
  }

  /** Continues two hashes with a text. */
  #read(text: string, fromA: number, fromB: number): void {
    let a = fromA;
    let b = fromB;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      a = mixed(a, code);
      b = Math.imul(b ^ code, 0x5f356495);
      b ^= b >>> 13;
    }
    this.#a = a;
    this.#b = b;
  }

  #insert(slot: number, a: number, b: number): void {
    this.#slots[slot] = a;
    this.#slots[slot + 1] = b;
    this.#count += 1;
    if (this.#count * 4 > this.#slots.length) this.#slots = grown(this.#slots);
  }
}

function mixed(hash: number, code: number): number {
  const product = Math.imul(hash ^ code, 0x9e3779b1);
  return product ^ (product >>> 15);
}

/** Returns the index of the slot that has these two numbers, or of the free one for them. */
function slotOf(slots: Int32Array, a: number, b: number): number {
  let slot = (a << 1) & (slots.length - 1);
  while (slots[slot + 1] !== 0 && (slots[slot] !== a || slots[slot + 1] !== b)) slot = (slot + 2) & (slots.length - 1);
  return slot;
}

function grown(slots: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(slots.length * 4);
  for (let index = 0; index < slots.length; index += 2) {
    const [a = 0, b = 0] = [slots[index], slots[index + 1]];
    if (b === 0) continue;
    const slot = slotOf(larger, a, b);
    larger[slot] = a;
    larger[slot + 1] = b;
  }
  return larger;
}
