/** Who can put something else in the place of an entry of a folder, beside root and the agent. */
export type ExposedTo =
  /** The folder's owner. */
  | { readonly kind: 'owner' }
  /** Everyone: the folder is writable by others, and not sticky. */
  | { readonly kind: 'others' }
  /** Users whom the folder's access list names. */
  | { readonly kind: 'list'; readonly users: readonly FolderUser[] }
  /** The folder is sticky, but the entry is a link that belongs to this user. */
  | { readonly kind: 'link-owner'; readonly user: FolderUser }
  /**
   * A group that may have other members than root and the agent's user. `name` null: the group is
   * not known here, nor are its members.
   */
  | { readonly kind: 'group'; readonly gid: number; readonly name: string | null; readonly others: readonly string[] };

/** A user by number, and by name where there is one. */
export type FolderUser = { readonly uid: number; readonly name: string | null };

/** A folder on the way to a script in which others can have the way lead elsewhere. */
export type ExposedFolder = {
  /** Its path, without links. */
  readonly folder: string;
  /** The entry on the way. */
  readonly entry: string;
  readonly mode: number;
  readonly owner: FolderUser;
  readonly agent: FolderUser;
  readonly to: ExposedTo;
};
