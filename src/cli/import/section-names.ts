/** A name for a plugin, and a remark if it is not the one that was wanted. */
type GivenName = { readonly name: string; readonly remark: string | null };

/**
 * Gives each plugin of an import a name that no other one has, made of letters, digits, `_` and
 * `-`: a dot would begin another part of the metric's name.
 */
export class SectionNames {
  readonly #taken = new Set<string>();
  readonly #numbers = new Map<string, number>();

  /** Gives a name that is as near as possible to the wanted one. */
  give(wanted: string): GivenName {
    const clean = wanted.replace(/[^\w-]/gu, '_') || '_';
    let name = clean;
    let number = this.#numbers.get(clean) ?? 2;
    for (; this.#taken.has(name); number += 1) name = `${clean}-${number}`;
    this.#numbers.set(clean, number);
    this.#taken.add(name);
    if (name !== clean)
      return { name, remark: `${shown(wanted)} is [plugin:${name}] here, because another plugin is [plugin:${clean}]` };
    if (name !== wanted)
      return { name, remark: `${shown(wanted)} is [plugin:${name}] here: a name has letters, digits, _ and - only` };
    return { name, remark: null };
  }
}

function shown(wanted: string): string {
  return `the name "${wanted}"`;
}
