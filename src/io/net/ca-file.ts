import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { err, ok, type Result } from '../../model/result.ts';
import { codeOf } from '../errors.ts';
import type { ConnectionFailure } from './connection-failure.ts';

/**
 * Reads a PEM file of certificate authorities. Returns null for null: the well-known authorities.
 * A failure names the file. Never throws.
 */
export function readCa(file: string | null): Result<string | null, ConnectionFailure> {
  if (file === null) return ok(null);
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    const code = codeOf(error);
    return err({ code, detail: `the CA file ${file} can't be read (${code}); correct tls_ca` });
  }
  try {
    new X509Certificate(pem); // Node accepts any text without an error, and then trusts no one
  } catch {
    return err({
      code: 'ERR_BAD_CA',
      detail: `the CA file ${file} does not begin with a PEM certificate; correct tls_ca`,
    });
  }
  return ok(pem);
}
