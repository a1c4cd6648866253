/**
 * Answers in protobuf: `ExportMetricsServiceResponse` with a 2xx, `google.rpc.Status` with any
 * other status. Servers do not always answer in the encoding of the request, so the bytes decide.
 */
import type { HttpAnswer } from '../../io/net/http-post.ts';

/** The fields of a message by their numbers, each with its last value. */
type Fields = ReadonlyMap<number, number | Buffer>;

/**
 * Returns the answer with what its body says in protobuf as the JSON of the same message in
 * `text`, where the rules for answers look for it. Any other answer comes back as it is. Never
 * throws, whatever the bytes.
 */
export function readProtobufAnswer(answer: HttpAnswer, body: Buffer): HttpAnswer {
  const { status, isWhole } = answer;
  const message = fieldsOf(body, isWhole);
  const said = status >= 200 && status < 300 ? responseIn(message, isWhole) : statusIn(message);
  return said === null ? answer : { ...answer, text: JSON.stringify(said) };
}

function responseIn(response: Fields | null, isWhole: boolean): object | null {
  const bytes = response?.get(1);
  const partial = Buffer.isBuffer(bytes) ? fieldsOf(bytes, isWhole) : null;
  if (partial === null) return null;
  const rejected = partial.get(1);
  const rejectedDataPoints = typeof rejected === 'number' ? signed(rejected) : 0;
  return { partialSuccess: { rejectedDataPoints, errorMessage: textOf(partial.get(2)) } };
}

function statusIn(status: Fields | null): object | null {
  const [code, message] = [status?.get(1), status?.get(2)];
  return typeof code === 'number' || Buffer.isBuffer(message) ? { code, message: textOf(message) } : null;
}

function textOf(value: number | Buffer | undefined): string {
  return Buffer.isBuffer(value) ? value.toString() : '';
}

/** Returns an `int64` that was read without its sign; beyond 2^53, roughly. */
function signed(value: number): number {
  return value < 2 ** 63 ? value : value - 2 ** 64;
}

/**
 * Reads the fields of a message. Null: the bytes are not a message. Of bytes that are not whole,
 * returns what comes before the cut.
 */
function fieldsOf(bytes: Buffer, isWhole: boolean): Fields | null {
  const fields = new Map<number, number | Buffer>();
  const atCut = isWhole ? null : fields;
  let at = 0;
  while (at < bytes.length) {
    const tag = varintAt(bytes, at);
    if (tag === null) return atCut;
    at = tag.end;
    const [field, type] = [Math.floor(tag.value / 8), tag.value % 8];
    if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 0 || type === 2) {
      const number = varintAt(bytes, at);
      if (number === null) return atCut;
      at = number.end + (type === 2 ? number.value : 0);
      fields.set(field, type === 2 ? bytes.subarray(number.end, at) : number.value);
    } else return null;
  }
  return at === bytes.length ? fields : atCut;
}

/** A number in groups of 7 bits, and where it ends; null: it does not end, or is too long. */
function varintAt(bytes: Buffer, begin: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[begin + index];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: begin + index + 1 };
  }
  return null;
}
