import { createServer } from 'node:http';

/**
 * A server that does the bare minimum, in a separate process: it reads each request, and answers
 * 204. `npx tsx bench/http-peer.ts` prints its port, and for each request the bytes of its body.
 */
const server = createServer((request, response) => {
  let bytes = 0;
  request.on('data', (part: Buffer) => {
    bytes += part.length;
  });
  request.on('end', () => {
    response.writeHead(204).end();
    process.stdout.write(`${bytes}\n`);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`${address.port}\n`);
});
