import { createRequire } from 'node:module';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { bindLibc, type Libc, libc } from '../../src/io/libc.ts';
import type { FindFunction } from '../../src/io/libc-process.ts';
import { makeFifoBy } from '../../src/io/process/fifo/make-fifo.ts';
import { startBy } from '../../src/io/process/launch/launchers.ts';
import { createPosixLauncher } from '../../src/io/process/launch/posix-launcher.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { makePlace, run } from './process/launch/launchers.ts';

const why = libc() === null ? ' (skipped: the C library can not be called here)' : '';

/** Returns this host's C library as if it had none of the functions whose declaration matches. */
function libcWithout(missing: RegExp): Libc {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
  const library = koffi.load(null);
  const find: FindFunction = (declaration) => {
    if (missing.test(declaration)) throw new Error(`Cannot find function '${declaration}' in shared library`);
    return library.func(declaration);
  };
  return bindLibc(koffi, find);
}

test.skipIf(why !== '')(
  `with a C library from before 2.29, scripts are started by Node, and the rest works${why}`,
  async () => {
    const library = libcWithout(/addchdir/);
    expect(library.spawn).toBeNull();
    expect(library.fileLook?.sizeBytes('/dev/null')).toBe(0);
    const place = makePlace();
    const starter = { start: startBy(library), makeFifo: makeFifoBy(library.makeFifo) };
    const env = { PATH: process.env['PATH'] ?? '' };
    const options = { cwd: place.scripts, env, pipeDir: place.pipes, maxIdle: 4, clock: systemClock };
    const launcher = createPosixLauncher(starter, options);
    onTestFinished(() => launcher.close());
    const script = writePlugin(place.scripts, 'p', '#!/bin/sh\npwd\nexit 3\n');
    expect(await run(launcher, script)).toMatchObject({
      exit: { kind: 'exited', status: 3 },
      stdout: `${place.scripts}\n`,
    });
  },
);

test.skipIf(why !== '')(`with a C library that has no statx, nothing looks at files by it${why}`, () => {
  expect(libcWithout(/statx/).fileLook).toBeNull();
});

test.skipIf(why !== '')(`a C library that lacks what all have can not be called${why}`, () => {
  expect(() => libcWithout(/waitid/)).toThrow('waitid');
});
