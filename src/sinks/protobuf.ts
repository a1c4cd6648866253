/**
 * Writes the wire format of protobuf, without a schema: the sinks know the numbers of their fields
 * (protobuf.dev/programming-guides/encoding). A field is written even if its value is the default.
 */

/** How the value of a field is laid out. */
const wire = { varint: 0, fixed64: 1, lengthDelimited: 2 } as const;

/** Four groups of 7 bits: bits can be taken from what is below, and from what is above. */
const lowRange = 2 ** 28;

/** Above this length, Node's own encoder is quicker than a loop over the characters. */
const longText = 64;

/**
 * Makes one message. A nested message is what is written between `begin` and `end`; its length is
 * put in front of it at the end, so a long one is moved by a few bytes, and nothing is copied into
 * another buffer except when the buffer grows.
 */
export class ProtobufWriter {
  #bytes: Buffer;
  #length = 0;

  /** `expectedBytes` is a guess at the size of the message; the buffer grows as needed. */
  constructor(expectedBytes = 1024) {
    this.#bytes = Buffer.allocUnsafe(Math.max(16, expectedBytes));
  }

  /** Writes a field of an integer type, or an enum: a whole number from 0 to 2^53 - 1. */
  integer(field: number, value: number): void {
    this.#tag(field, wire.varint);
    this.#varint(value);
  }

  boolean(field: number, value: boolean): void {
    this.integer(field, value ? 1 : 0);
  }

  double(field: number, value: number): void {
    this.#tag(field, wire.fixed64);
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  /** Writes a field of the type `fixed64`: from 0 to 2^64 - 1. */
  fixed64(field: number, value: bigint): void {
    this.#tag(field, wire.fixed64);
    this.#reserve(8);
    this.#length = this.#bytes.writeBigUInt64LE(value, this.#length);
  }

  /** Writes text as UTF-8. Half a surrogate pair becomes U+FFFD. */
  string(field: number, text: string): void {
    this.#tag(field, wire.lengthDelimited);
    if (text.length <= longText && this.#shortAscii(text)) return;
    const bytes = Buffer.byteLength(text);
    this.#varint(bytes);
    this.#reserve(bytes);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Writes a packed list of integers, each from 0 to 2^53 - 1. */
  packedIntegers(field: number, values: readonly number[]): void {
    const start = this.begin(field);
    for (const value of values) this.#varint(value);
    this.end(start);
  }

  /** Begins a nested message. Returns its start, for `end`. */
  begin(field: number): number {
    this.#tag(field, wire.lengthDelimited);
    this.#reserve(1);
    this.#length += 1;
    return this.#length;
  }

  /** Ends the nested message that begins at `start`; those inside it have ended. */
  end(start: number): void {
    const bytes = this.#length - start;
    const lengthBytes = varintBytes(bytes);
    if (lengthBytes > 1) {
      this.#reserve(lengthBytes - 1);
      this.#bytes.copyWithin(start + lengthBytes - 1, start, this.#length);
    }
    this.#length = start - 1;
    this.#varint(bytes);
    this.#length += bytes;
  }

  /** Returns the message. It shares memory with the writer, which must not be used after that. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    this.#reserve(8);
    const bytes = this.#bytes;
    let rest = value;
    if (value >= lowRange) {
      rest = Math.floor(value / lowRange);
      let low = value - rest * lowRange;
      for (let group = 0; group < 4; group += 1) {
        bytes[this.#length++] = (low & 0x7f) | 0x80;
        low >>>= 7;
      }
    }
    while (rest >= 0x80) {
      bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.#length++] = rest;
  }

  /** Writes length and text if all of it is ASCII; otherwise writes nothing and returns false. */
  #shortAscii(text: string): boolean {
    this.#reserve(1 + text.length);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = text.length;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) return false;
      bytes[at++] = code;
    }
    this.#length = at;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#length + bytes, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Returns how many bytes a length below 2^31 takes, in groups of 7 bits. */
function varintBytes(length: number): number {
  let bytes = 1;
  for (let rest = length; rest >= 0x80; rest >>>= 7) bytes += 1;
  return bytes;
}
