import { writeSync } from 'node:fs';
import koffi from 'koffi';

/**
 * The socket of a service manager: binds the path in its argument, and prints a line for each
 * message, as JSON. Node has no datagram sockets of this kind. Ends by a signal.
 */
const path = process.argv[2] ?? '';
const library = koffi.load(null);
const socket = library.func('int socket(int, int, int)');
const bind = library.func('int bind(int, const void *, unsigned int)');
const receive = library.func('long recv(int, void *, size_t, int)');
const [family, datagram] = [1, 2];
const name = Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`);
const address = Buffer.concat([Buffer.from(Uint16Array.of(family).buffer), name]);
const fd = socket(family, datagram, 0);
if (fd < 0 || bind(fd, address, address.length) !== 0) throw new Error(`${path} can't be bound`);
writeSync(1, '"bound"\n');
const message = Buffer.alloc(4096);
for (;;) {
  const length = Number(receive(fd, message, message.length, 0));
  if (length > 0) writeSync(1, `${JSON.stringify(message.toString('utf8', 0, length))}\n`);
}
