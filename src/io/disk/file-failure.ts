import { systemCodeOf } from '../errors.ts';

/** Why a path could not be looked at: an errno name such as `ENOENT`. */
export type FileFailure = { readonly kind: 'failed'; readonly code: string };

/** Makes data of an error of the file system. */
export function fileFailure(error: unknown): FileFailure {
  return { kind: 'failed', code: systemCodeOf(error) ?? 'EUNKNOWN' };
}
