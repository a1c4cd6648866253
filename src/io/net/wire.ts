import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { loadTls } from './builtins.ts';
import { eachAddress } from './each-address.ts';

const readBytes = 64 * 1024;

/**
 * Opens a TCP connection whose events are exact: `end` is a close without an error, and each reset
 * is an `error`. By itself, libuv reports a reset that comes right after other bytes as an end, if
 * one poll sees a partial read and a hang-up. It does not if reading has been stopped meanwhile,
 * so this stops reading after each chunk until the next turn of the loop. `onBytes` gets a copy.
 */
export function openWire(
  address: { readonly host: string; readonly port: number },
  onBytes: (bytes: Uint8Array) => void,
): Socket {
  const socket = connectTcp({
    ...address,
    ...eachAddress,
    noDelay: true,
    onread: {
      buffer: new Uint8Array(readBytes),
      callback(count, buffer) {
        onBytes(buffer.slice(0, count));
        setImmediate(() => socket.resume());
        return false; // stops reading
      },
    },
  });
  return socket;
}

/**
 * TLS on a wire. `receive` gets the encrypted bytes that came over the wire; `socket` reads and
 * writes plain text.
 */
export type SecuredWire = { readonly socket: Socket; receive(bytes: Uint8Array): void };

/**
 * Speaks TLS over a wire. The wire alone says how the connection ended: the other side's TLS
 * goodbye does not end it, because that side may reset the connection next, with some of our bytes
 * unread. The wire also shows whether our own goodbye arrived. A TLS socket on its own descriptor
 * hides that, and reads an end where a reset happened. `ca` null: the well-known authorities. Where
 * `keepsOpen`, our goodbye is the end of what we send, and the wire is not half-closed: a proxy
 * would close it before the other side has.
 */
export function secureWire(
  wire: Socket,
  peer: { readonly host: string; readonly verify: boolean; readonly ca: string | null },
  keepsOpen = false,
): SecuredWire {
  const stream = new Duplex({
    read() {},
    write: (bytes: Uint8Array, _encoding, done) => void wire.write(bytes, done),
    final: (done) => void (keepsOpen ? done() : wire.end(done)),
  });
  wire.on('end', () => void stream.push(null));
  const socket = loadTls().connect({
    socket: stream,
    host: peer.host,
    rejectUnauthorized: peer.verify,
    ...(isIP(peer.host) === 0 ? { servername: peer.host } : {}), // TLS has no server name for an address
    ...(peer.ca === null ? {} : { ca: peer.ca }),
  });
  return { socket, receive: (bytes) => void stream.push(bytes) };
}
