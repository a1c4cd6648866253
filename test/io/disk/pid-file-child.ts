import { createInterface } from 'node:readline';
import { pidFiles } from '../../../src/io/disk/pid-file.ts';

/**
 * Claims the pid file `PATH` with its own id at each line on stdin, and answers with what holds it
 * now; only text that begins with `live` stands.
 */
const [path = ''] = process.argv.slice(2);
process.stdout.write('ready\n');
for await (const _ of createInterface({ input: process.stdin })) {
  const claimed = pidFiles.claim(path, `live ${process.pid}\n`, ({ text }) => text.startsWith('live'));
  process.stdout.write(`${claimed.ok ? (claimed.value.heldBy?.text.trim() ?? 'mine') : claimed.error}\n`);
}
