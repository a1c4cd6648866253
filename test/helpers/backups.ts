import { openToRead } from '../../src/io/disk/database.ts';
import { runToEnd } from './agent.ts';
import type { Home } from './test-daemon.ts';

/** Runs `backup` for the state directory of `home`, with these words behind it. */
export const backUp = (home: Home, ...words: readonly string[]) =>
  runToEnd(['--state-dir', home.state, 'backup', ...words], { HOME: home.state });

/** The samples that wait in a database: `METRIC VALUE UNIX_SECONDS`. */
export function waitingIn(path: string): readonly string[] {
  const db = openToRead(path, 0);
  try {
    return db
      .prepare('SELECT lines FROM blocks ORDER BY id')
      .all()
      .flatMap(({ lines }) => String(lines).split('\n').filter(Boolean));
  } finally {
    db.close();
  }
}
