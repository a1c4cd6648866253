import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakeClock } from '../../../helpers/fake-clock.ts';
import { holdFifo } from '../../../helpers/hold-fifo.ts';
import { writePlugin } from '../../../helpers/install-plugin.ts';
import { turn } from '../../../helpers/turns.ts';
import { launchers, makePlace, run, start, until } from './launchers.ts';

for (const { name, createIn } of launchers) {
  describe(`a script that is started by ${name}`, () => {
    for (const stream of ['stdout', 'stderr']) {
      const [closed, kept] = stream === 'stdout' ? ['2', '1'] : ['1', '2'];
      test(`and leaves a grandchild on its ${stream} ends after 300 ms; late words are read and thrown away`, async () => {
        const place = makePlace();
        const hold = holdFifo();
        const clock = fakeClock();
        const late = `(read -r _ < '${hold.path}'; head -c 200000 /dev/zero >&${kept}; echo $? > .done; mv .done done) ${closed}>/dev/null &`;
        const script = writePlugin(place.scripts, 'p', `#!/bin/sh\n${late}\necho early >&${kept}\n`);
        const launcher = createIn(place, { clock });
        const observed = start(launcher, script);
        let isOver = false;
        const ended = observed.ended.then((exit) => {
          isOver = true;
          return exit;
        });
        await until(() => clock.pending() === 1);
        clock.advance(299);
        for (let time = 0; time < 20; time += 1) await turn();
        expect(isOver).toBe(false);
        clock.advance(1);
        expect(await ended).toEqual({ kind: 'exited', status: 0 });
        expect(clock.pending()).toBe(0);
        hold.release();
        await until(() => existsSync(join(place.scripts, 'done')));
        expect(readFileSync(join(place.scripts, 'done'), 'utf8')).toBe('0\n');
        expect(observed.stdout().toString() + observed.stderr()).toBe('early\n');
        const next = writePlugin(place.scripts, 'next', '#!/bin/sh\necho next\n');
        expect(await run(launcher, next)).toMatchObject({ stdout: 'next\n', stderr: '' });
      });
    }

    test('ends as soon as its grandchild lets go, and what that wrote counts', async () => {
      const place = makePlace();
      const hold = holdFifo();
      const clock = fakeClock();
      const script = writePlugin(
        place.scripts,
        'p',
        `#!/bin/sh\n(read -r _ < '${hold.path}'; echo late) &\necho early\n`,
      );
      const launcher = createIn(place, { clock });
      const observed = start(launcher, script);
      await until(() => clock.pending() === 1);
      hold.release();
      expect(await observed.ended).toEqual({ kind: 'exited', status: 0 });
      expect(observed.stdout().toString()).toBe('early\nlate\n');
      expect(clock.pending()).toBe(0);
    });

    test('does not stall us by a grandchild that writes without end', async () => {
      const place = makePlace();
      const script = writePlugin(
        place.scripts,
        'p',
        '#!/bin/sh\nyes & echo "$!" >&2\nhead -c 1000000 /dev/zero >/dev/null\n',
      );
      const observed = start(createIn(place), script);
      const exit = await observed.ended;
      process.kill(Number(observed.stderr()), 'SIGKILL'); // the very `yes` that this script left
      expect(exit).toEqual({ kind: 'exited', status: 0 });
    });
  });
}
