import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { eachAddress } from './each-address.ts';

const readBytes = 64 * 1024;

/**
 * A TCP connection that is being opened, whose end and errors can be taken at their word: `end` means a close in order, and every reset is an `error`. By itself
 * libuv makes an end of a reset that comes right behind other bytes, where one poll sees a partial read and a hang-up, unless reading has been stopped
 * meanwhile: so it is, after each chunk, until the next turn of the loop. `onBytes` gets a copy.
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

/** TLS on a wire: what came over the wire is for `take`, what is to be sent and what was meant for us goes through `socket`. */
export type SecuredWire = { readonly socket: Socket; take(bytes: Uint8Array): void };

/**
 * Speaks TLS over a wire, but leaves it its own life: the other side's TLS farewell does not end it. That may come from one that resets the connection next, with
 * bytes of ours unread, and so it is for the wire to say how the other side went. And what becomes of our own farewell, the wire says too: a TLS socket on its
 * own descriptor keeps that to itself, and reads an end where a reset has been. `ca` null: the well-known authorities.
 */
export function secureWire(
  wire: Socket,
  peer: { readonly host: string; readonly verify: boolean; readonly ca: string | null },
): SecuredWire {
  const stream = new Duplex({
    read() {},
    write: (bytes: Uint8Array, _encoding, done) => void wire.write(bytes, done),
    final: (done) => void wire.end(done),
  });
  wire.on('end', () => void stream.push(null));
  const socket = connectTls({
    socket: stream,
    host: peer.host,
    rejectUnauthorized: peer.verify,
    ...(isIP(peer.host) === 0 ? { servername: peer.host } : {}), // TLS has no server name for an address
    ...(peer.ca === null ? {} : { ca: peer.ca }),
  });
  return { socket, take: (bytes) => void stream.push(bytes) };
}
