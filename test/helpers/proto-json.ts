/**
 * JSON held against protobuf definitions by the strict rules of the proto3 JSON mapping, as OTLP
 * narrows it.
 */

type Field = {
  readonly type: string;
  readonly isRepeated: boolean;
  readonly isDeprecated: boolean;
  /** The alternatives it belongs to; null: none. */
  readonly oneof: string | null;
};

/**
 * Messages by their full names, each with its fields by their JSON names; enums with their
 * numbers.
 */
export type ProtoSchema = {
  readonly messages: Map<string, Map<string, Field>>;
  readonly enums: Map<string, Set<number>>;
};

/**
 * One scalar of a document and where it stands, such as `metrics[0].name`. 64-bit integers are
 * bigints.
 */
export type Leaf = { readonly path: string; readonly value: string | number | bigint | boolean };

/**
 * What `.proto` files define. Understands what stands in `fixtures/otlp`, where no text in quotes
 * holds `//`; throws at anything else.
 */
export function readSchema(files: readonly string[]): ProtoSchema {
  const schema: ProtoSchema = { messages: new Map(), enums: new Map() };
  for (const file of files) readFile(schema, file.replace(/\/\/.*/g, '').match(/"[^"]*"|[\w.]+|[^\s\w]/g) ?? []);
  return schema;
}

function readFile(schema: ProtoSchema, words: readonly string[]): void {
  let at = 0;
  let scope = '';
  while (at < words.length) {
    const word = next();
    if (word === 'package') scope = next();
    if (word === 'service') block(() => {});
    else if (!isDefinition(word, scope)) rest();
  }

  function next(): string {
    const word = words[at++];
    if (word === undefined) throw new Error('the file ends too early');
    return word;
  }

  /** The words up to the next semicolon. */
  function rest(): readonly string[] {
    const end = words.indexOf(';', at);
    const skipped = words.slice(at, end);
    at = end + 1;
    return skipped;
  }

  function block(read: (word: string) => void): void {
    while (next() !== '{');
    for (let word = next(); word !== '}'; word = next()) {
      if (word === '{') {
        at -= 1;
        block(() => {});
      } else read(word);
    }
  }

  function isDefinition(word: string, owner: string): boolean {
    if (word !== 'message' && word !== 'enum') return false;
    const name = `${owner}.${next()}`;
    const fields = new Map<string, Field>();
    const numbers = new Set<number>();
    if (word === 'message') block((inner) => member(inner, name, fields, null));
    else block(() => numbers.add(Number(rest()[1])));
    if (word === 'message') schema.messages.set(name, fields);
    else schema.enums.set(name, numbers);
    return true;
  }

  function member(word: string, owner: string, fields: Map<string, Field>, oneof: string | null): void {
    if (word === 'option' || word === 'reserved') rest();
    else if (word === 'oneof') {
      const name = next();
      block((inner) => member(inner, owner, fields, name));
    } else if (!isDefinition(word, owner)) {
      const isRepeated = word === 'repeated';
      const type = isRepeated || word === 'optional' ? next() : word;
      const name = next().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      fields.set(name, { type: `${owner}:${type}`, isRepeated, oneof, isDeprecated: rest().includes('deprecated') });
    }
  }
}

const integers: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
};

/**
 * The scalars of `json`, read as the message `type` (its full name). Throws where it is none, says
 * what the definitions don't know, or says it otherwise.
 */
export function decodeMessage(
  schema: ProtoSchema,
  type: string,
  json: unknown,
  path = type.split('.').at(-1) ?? '',
): readonly Leaf[] {
  const fields = schema.messages.get(type);
  if (!fields || typeof json !== 'object' || json === null || Array.isArray(json))
    throw new Error(`${path} is no ${type}`);
  const told = new Map<string, string>();
  return Object.entries(json).flatMap(([name, value]): readonly Leaf[] => {
    const field = fields.get(name);
    if (!field || field.isDeprecated) throw new Error(`${path}.${name} is not known, or deprecated`);
    if (field.oneof !== null && told.has(field.oneof))
      throw new Error(`${path} has ${name} beside ${told.get(field.oneof)}`);
    if (field.oneof !== null) told.set(field.oneof, name);
    if (!field.isRepeated) return decodeValue(schema, field.type, value, `${path}.${name}`);
    if (!Array.isArray(value)) throw new Error(`${path}.${name} is no list`);
    return value.flatMap((item: unknown, index) => decodeValue(schema, field.type, item, `${path}.${name}[${index}]`));
  });
}

function decodeValue(schema: ProtoSchema, type: string, json: unknown, path: string): readonly Leaf[] {
  const [scope = '', name = ''] = type.split(':');
  const [least, most] = integers[name] ?? [];
  if (least !== undefined && most !== undefined) {
    const isText = name.endsWith('64');
    const isWritten = isText ? typeof json === 'string' && /^(0|-?[1-9]\d*)$/.test(json) : Number.isInteger(json);
    const value = isWritten ? BigInt(String(json)) : most + 1n;
    if (value < least || value > most) throw new Error(`${path} is no ${name}: ${JSON.stringify(json)}`);
    return [{ path, value: isText ? value : Number(value) }];
  }
  if (name === 'string' && typeof json === 'string') return [{ path, value: json }];
  if (name === 'bool' && typeof json === 'boolean') return [{ path, value: json }];
  if (name === 'double' && typeof json === 'number') return [{ path, value: json }];
  if (name === 'double' && (json === 'NaN' || json === 'Infinity' || json === '-Infinity'))
    return [{ path, value: Number(json) }];
  const found = namesFrom(scope, name).find((full) => schema.messages.has(full) || schema.enums.has(full)) ?? name;
  const numbers = schema.enums.get(found);
  if (numbers === undefined) return decodeMessage(schema, found, json, path);
  if (typeof json !== 'number' || !numbers.has(json)) throw new Error(`${path} is no number of ${found}`);
  return [{ path, value: json }];
}

/** Where a name may be defined, seen from inside `scope`: there, or in what stands around it. */
function namesFrom(scope: string, name: string): readonly string[] {
  const around = scope.split('.');
  return [...around.map((_, index) => [...around.slice(0, around.length - index), name].join('.')), name];
}
