import { formatHostPort } from '../../words/addresses.ts';
import { codeOf } from '../errors.ts';
import { noDescriptorsLeft } from '../no-descriptors.ts';
import { lookupWaits } from './name-lookups.ts';

/**
 * Why a connection could not be made, or broke. `code` is the system's name for it, `detail` a
 * sentence that holds the address.
 */
export type ConnectionFailure = { readonly code: string; readonly detail: string };

/**
 * Which program is expected at an address, in a word, and what stands before the address in the
 * configuration without TLS and with TLS.
 */
export type PeerWords = { readonly what: string; readonly plain: string; readonly secure: string };

const collector: PeerWords = { what: 'collector', plain: 'tcp://', secure: 'tls://' };

/**
 * Explains the error that ended a connection to `address`. `isOpen` says whether the connection
 * was ready for use before. `peer` is the program that was expected there; a collector by default.
 * Never throws.
 */
export function explainConnectionFailure(
  error: unknown,
  address: { readonly host: string; readonly port: number },
  state: { readonly isOpen: boolean; readonly isTls: boolean },
  peer: PeerWords = collector,
): ConnectionFailure {
  const code = codeOf(error);
  const where = formatHostPort(address);
  return {
    code,
    detail: certificateSentence(code, error, where) ?? networkSentence(code, error, address, where, state, peer),
  };
}

function networkSentence(
  code: string,
  error: unknown,
  address: { readonly host: string; readonly port: number },
  where: string,
  state: { readonly isOpen: boolean; readonly isTls: boolean },
  peer: PeerWords,
): string {
  const noDescriptors = noDescriptorsLeft(code);
  if (noDescriptors !== null) return `${where} can't be reached: ${noDescriptors}`;
  switch (code) {
    case 'ECONNREFUSED':
      return `connection to ${where} refused (${code}); is the ${peer.what} running?`;
    case 'ENOTFOUND':
      return `the host name ${address.host} of ${where} is not known (${code}); check the ${peer.what}'s address`;
    case 'EAI_AGAIN':
      return (
        `the host name ${address.host} of ${where} can't be looked up now (${code}): no usable answer from the name ` +
        `server; check /etc/resolv.conf, or write an address in place of the name`
      );
    case lookupWaits:
      return (
        `the host name ${address.host} of ${where} is not looked up yet (${code}): the name server does not answer ` +
        `about other names; check /etc/resolv.conf`
      );
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return `${where} can't be reached (${code}); check the network and the firewall`;
    case 'ECONNRESET':
    case 'EPIPE':
      if (state.isTls && !state.isOpen) return `${where} broke off the TLS handshake (${code}); does it speak TLS?`;
      return `connection to ${where} was reset by the other side (${code})`;
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `${where} does not speak TLS (${code}); if it is a plain ${peer.what}, write ${peer.plain}${where}`;
    case 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION':
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
      return `${where} speaks only versions of TLS that are too old (${code}); the agent needs TLS 1.2 or newer there`;
    default:
      if (isHttp2(error))
        return `${where} speaks HTTP/2, as gRPC does (${code}); name its port for HTTP/1.1, usually 4318 for OTLP`;
      if (code.startsWith('HPE_'))
        return `${where} did not answer in HTTP (${code})${state.isTls ? '' : secureHint(where, peer)}`;
      return `${state.isTls && !state.isOpen ? 'TLS' : 'connection'} to ${where} failed (${code})`;
  }
}

/**
 * Whether the text that Node could not parse as HTTP begins as an HTTP/2 server does: with the
 * frame SETTINGS (4) of the stream 0 (RFC 9113, 3.4).
 */
function isHttp2(error: unknown): boolean {
  if (!(error instanceof Error && 'rawPacket' in error && error.rawPacket instanceof Uint8Array)) return false;
  const [type, , ...stream] = error.rawPacket.subarray(3, 9);
  return type === 4 && stream.length === 4 && stream.every((byte) => byte === 0);
}

/** Returns what to write if the other side seems to expect TLS. Follows a sentence. */
export function secureHint(where: string, peer: PeerWords): string {
  return `; if it expects TLS, write ${peer.secure}${where}`;
}

function certificateSentence(code: string, error: unknown, where: string): string | null {
  const certificate = `the certificate of ${where}`;
  switch (code) {
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return (
        `${certificate} is signed by itself and by no known authority (${code}); ` +
        'name the file that holds it, or its CA, with tls_ca'
      );
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `${certificate} is signed by an authority that is not known here (${code}); name its CA file with tls_ca`;
    case 'CERT_HAS_EXPIRED':
      return `${certificate} has expired (${code}); it must be renewed there, or the clock here is wrong`;
    case 'CERT_NOT_YET_VALID':
      return `${certificate} is not valid yet (${code}); is the clock here right?`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `${certificate} is for another name (${code}): ${mismatchOf(error)}; connect to a name it holds`;
    default:
      if (/_ALERT_.*(CERT|UNKNOWN_CA)/.test(code))
        return `${where} asks for a client certificate (${code}), and the agent has none`;
      return code.includes('CERT') ? `${certificate} was not accepted (${code})` : null;
  }
}

function mismatchOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'reason' in error && typeof error.reason === 'string')
    return error.reason;
  return 'it does not hold the name that was asked for';
}
