import { inspect } from 'node:util';
import { noDescriptorsLeft } from './no-descriptors.ts';

/*
 * The one place that reads an unknown throwable. All that is caught or emitted as an error passes
 * through here.
 */

/**
 * Returns the error's message; where no descriptor was left, what that means. Never throws.
 */
export function messageOf(error: unknown): string {
  const words = noDescriptorsLeft(systemCodeOf(error));
  if (words !== null) return words;
  return error instanceof Error ? error.message : String(error);
}

/**
 * Returns the system's name for the error, such as `ECONNREFUSED`; null if it has none. Never
 * throws.
 */
export function systemCodeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** Returns the system's name for the error, or its message if it has none. Never throws. */
export function codeOf(error: unknown): string {
  return systemCodeOf(error) ?? messageOf(error);
}

/**
 * Returns the system's number for the error, negative as Node has it; null if it has none. Never
 * throws.
 */
export function errnoOf(error: unknown): number | null {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : null;
}

/**
 * Returns the error itself, so that its stack can be shown, or a new error around any other value.
 * Never throws.
 */
export function errorOf(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(`a value that is not an Error was thrown: ${inspect(thrown)}`);
}
