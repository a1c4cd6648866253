/**
 * One line of InfluxDB's line protocol, read by its grammar: escapes undone, the field as a float.
 */
type Point = {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly field: string;
  readonly value: number;
  readonly atS: number;
};

const text = String.raw`(?:\\.|[^\\,= \n])+`;
const float = String.raw`-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?`; // without a letter behind it: a float, as InfluxDB's scanNumber has it
const line = new RegExp(`^(${text})((?:,${text}=${text})*) (${text})=(${float}) (\\d+)$`);

/**
 * The points of a body whose every line ends in `\n`, one field each, times in seconds. Throws at
 * a line that is none.
 */
export function parseLineProtocol(body: string): readonly Point[] {
  if (!body.endsWith('\n')) throw new Error('the last line has no end');
  return body
    .slice(0, -1)
    .split('\n')
    .map((written) => {
      const [, measurement = '', tags = '', field = '', value = '', atS = ''] = line.exec(written) ?? [];
      if (measurement === '') throw new Error(`not in the line protocol: ${written}`);
      const pairs = [...tags.matchAll(new RegExp(`,(${text})=(${text})`, 'g'))];
      return {
        measurement: plain(measurement),
        tags: Object.fromEntries(pairs.map(([, key = '', tag = '']) => [plain(key), plain(tag)])),
        field: plain(field),
        value: Number(value),
        atS: Number(atS),
      };
    });
}

function plain(escaped: string): string {
  return escaped.replace(/\\(.)/g, '$1');
}
