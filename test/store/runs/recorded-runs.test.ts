import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pluginFile } from '../../../src/model/plugin.ts';
import { recordedRunsIn } from '../../../src/store/state-directory.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { openIn } from '../set-up.ts';

const run = { file: pluginFile('p.sh'), startedMs: 1_700_000_000_123, process: { pid: 47, startedAt: 'boot:1' } };

describe('the runs that an agent has recorded, as another process reads them', () => {
  test.each(['is there', 'was closed in order', 'was killed'])('are what was committed, where the agent %s', (how) => {
    const dir = tempDir();
    const at = openIn(dir);
    at.store.began(run);
    at.store.began({ ...run, file: pluginFile('q') });
    at.store.ended(pluginFile('q'));
    at.store.flush();
    if (how === 'was closed in order') at.close();
    if (how === 'was killed') at.crash();
    expect(recordedRunsIn(dir)).toEqual([run]);
    if (how === 'is there') at.close();
    const again = openIn(dir);
    expect(again.store.recorded()).toEqual([run]);
    again.close();
  });

  test('are none if there is no state directory or no database in it, and nothing is made', () => {
    const dir = tempDir();
    expect([recordedRunsIn(join(dir, 'none')), recordedRunsIn(dir), readdirSync(dir)]).toEqual([[], [], []]);
    writeFileSync(join(dir, 'instrument_server.db'), 'no database');
    expect([recordedRunsIn(dir), readdirSync(dir)]).toEqual([[], ['instrument_server.db']]);
    writeFileSync(join(dir, 'instrument_server.db'), '');
    expect(recordedRunsIn(dir)).toEqual([]);
  });
});
