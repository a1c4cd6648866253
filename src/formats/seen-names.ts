/**
 * How many different samples of an output are remembered, so that memory is bounded: 1 MiB. One
 * that repeats a later one than these is not found.
 */
const mostRemembered = 50_000;
const fewestSlots = 64;

/**
 * The names and times of an output's samples, each as a hash of 64 bits: the names themselves
 * would take many times the memory, and most of the time that reading an output takes. So a name
 * may be taken for another one: by chance, once in ten billion outputs with 50,000 names.
 */
export class SeenNames {
  /** Two numbers a slot; both are 0: it is free. At most half of the slots are taken. */
  #slots = new Int32Array(2 * fewestSlots);
  #count = 0;

  /** Remembers a name of ASCII with its time. Returns whether it was there before. */
  add(name: string, atS: number): boolean {
    let a = atS ^ name.length;
    let b = 0x3c6ef372;
    for (let at = 0; at < name.length; at += 2) {
      const two = name.charCodeAt(at) | (name.charCodeAt(at + 1) << 16); // NaN behind the end, which counts as 0
      a = Math.imul(a ^ two, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b ^ two, 0x5f356495);
      b ^= b >>> 13;
    }
    b = Math.imul(b, 0x85ebca6b) || 1;
    const slot = slotOf(this.#slots, a, b);
    if (this.#slots[slot + 1] !== 0) return true;
    if (this.#count < mostRemembered) this.#insert(slot, a, b);
    return false;
  }

  #insert(slot: number, a: number, b: number): void {
    this.#slots[slot] = a;
    this.#slots[slot + 1] = b;
    this.#count += 1;
    if (this.#count * 4 > this.#slots.length) this.#slots = grown(this.#slots);
  }
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
