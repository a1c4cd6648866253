import { linkedView } from './view-link.ts';

/** Returns the part of the page's address that names a plugin: bookmarks and Back work. */
export function hashOf(file: string): string {
  return `#plugin=${encodeURIComponent(file)}`;
}

/** Returns the file of the plugin that such a part names; null: none. */
export function fileOf(hash: string): string | null {
  return linkedView(hash).plugin;
}
