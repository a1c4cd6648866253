import { createServer } from 'node:net';

/**
 * A collector that does the bare minimum, in a separate process: it answers the two greetings,
 * counts and drops the lines after them, and closes when the client has half-closed. `npx tsx
 * bench/peer.ts` prints its port, and for each connection `LINES FIRST LAST`: the number of lines,
 * and the values of the first and the last.
 */
const newline = 10;

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  let lines = 0;
  let head = '';
  let tail = '';
  socket.on('data', (bytes) => {
    for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) {
      lines += 1;
      if (lines <= 2) socket.write('ok\n');
    }
    if (head.length < 4096) head += bytes.toString('latin1', 0, 4096);
    tail = (tail + bytes.toString('latin1')).slice(-400);
  });
  socket.on('end', () => {
    const value = (line: string | undefined) => line?.split(' ')[2] ?? '-';
    process.stdout.write(`${lines - 2} ${value(head.split('\n')[2])} ${value(tail.trimEnd().split('\n').at(-1))}\n`);
    socket.end();
  });
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`${address.port}\n`);
});
