import { inspect } from 'node:util';

/*
 * The one place that reads an unknown throwable. Everything that is caught or emitted goes through here.
 */

/** What the error says of itself. Never throws. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The system's name for the error, such as `ECONNREFUSED`; null if it has none. Never throws. */
export function systemCodeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** The system's name for the error, or its message where it has none. Never throws. */
export function codeOf(error: unknown): string {
  return systemCodeOf(error) ?? messageOf(error);
}

/** The error itself, so that its stack can be shown; a new one around any other value. Never throws. */
export function errorOf(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(`a value that is not an Error was thrown: ${inspect(thrown)}`);
}
