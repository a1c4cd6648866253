/** Returns the first group of `pattern` in the text. Throws if nothing matches. */
export function firstGroup(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`nothing fits ${pattern}`);
  return found;
}

/**
 * Returns the commented sample with these keys of these sections set, each in its place. Throws if
 * the sample does not have one of them as a comment.
 */
export function withKeys(sample: string, sections: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const pending = new Map<string, string>(
    Object.entries(sections).flatMap(([section, keys]) =>
      Object.entries(keys).map(([key, value]) => [`[${section}] ${key}`, `${key} = ${value}`] as const),
    ),
  );
  let section = '';
  const lines = sample.split('\n').map((line) => {
    section = /^;?(\[.*\])/.exec(line)?.[1] ?? section;
    const place = `${section} ${/^;(\w+) = /.exec(line)?.[1]}`;
    const set = pending.get(place);
    pending.delete(place);
    return set ?? line;
  });
  if (pending.size > 0) throw new Error(`the sample has no line for ${[...pending.keys()].join(', ')}`);
  return lines.join('\n');
}
