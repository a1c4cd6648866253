const prefix = '#plugin=';

/** The link to a plugin: a part of the address, so that it can be kept, and Back works. */
export function hashOf(file: string): string {
  return `${prefix}${encodeURIComponent(file)}`;
}

/** The plugin that an address names; null: none. */
export function fileOf(hash: string): string | null {
  if (!hash.startsWith(prefix)) return null;
  try {
    return decodeURIComponent(hash.slice(prefix.length)) || null;
  } catch {
    return null;
  }
}
