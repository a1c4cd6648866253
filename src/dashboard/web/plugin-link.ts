const prefix = '#plugin=';

/** Returns the part of the page's address that names a plugin: bookmarks and Back work. */
export function hashOf(file: string): string {
  return `${prefix}${encodeURIComponent(file)}`;
}

/** Returns the file of the plugin that such a part names; null: none. */
export function fileOf(hash: string): string | null {
  if (!hash.startsWith(prefix)) return null;
  try {
    return decodeURIComponent(hash.slice(prefix.length)) || null;
  } catch {
    return null;
  }
}
