import { join } from 'node:path';
import { makeBacklog } from '../../bench/backlog.ts';
import { openDatabase } from '../../src/io/disk/database.ts';

/**
 * Makes a state directory in which about `bytes` of samples wait: mostly small blocks of 20
 * samples, as a small host commits them, and a large one now and then.
 */
export function fillSpool(stateDir: string, bytes: number): void {
  makeBacklog(stateDir, 100); // the position of the sink
  const db = openDatabase(join(stateDir, 'instrument_server.db'));
  db.exec('UPDATE history_state SET block = 1000000000; PRAGMA synchronous = OFF');
  const insert = db.prepare('INSERT INTO blocks (samples, bytes, lines) VALUES (?, ?, ?)');
  let [written, block] = [0, 0];
  while (written < bytes) {
    db.transaction(() => {
      for (let one = 0; one < 500; one += 1) {
        const count = block % 100 === 0 ? 5000 : 20;
        const lines = Array.from(
          { length: count },
          (_, index) => `bench-host.plugin_${index % 100}.metric_${index} ${block / 8} ${1_700_000_000 + block}\n`,
        ).join('');
        insert.run(count, lines.length, lines);
        written += lines.length;
        block += 1;
      }
    });
  }
  db.close();
}
