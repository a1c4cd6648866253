import { chmodSync, copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './cli/program.ts';
import { systemEdges } from './io/edges.ts';

/**
 * What `npm start` does: makes a private directory with a few sample plugins beside this source tree (or in $DEMO_DIR), once, and runs the agent on it without a
 * key, so that every sample is printed. Not part of the installed package.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const demo = process.env['DEMO_DIR'] ?? join(root, 'demo');
const scripts = join(demo, 'scripts');
const state = join(demo, 'state');

if (!existsSync(scripts)) {
  mkdirSync(scripts, { recursive: true, mode: 0o700 });
  for (const name of ['healthy-curve.sh', 'two-gauges', 'decimal-comma']) {
    copyFileSync(join(root, 'fixtures', 'plugins', name), join(scripts, name));
    chmodSync(join(scripts, name), 0o700);
  }
}
process.stdout.write(`
The sample plugins in ${scripts} run every 5 seconds. Each line below is one sample: NAME VALUE UNIX_TIME.
Add one of your own while this runs, from another terminal:

  printf '#!/bin/sh\\necho answer 42\\n' > '${join(scripts, 'mine.sh')}' && chmod 0700 '${join(scripts, 'mine.sh')}'

Send the samples to a collector instead of printing them (this one only prints what arrives):

  node dist/main.js collector --listen 127.0.0.1:8000
  node dist/main.js -k ANY -c tcp://127.0.0.1:8000 -e -s '${scripts}' --state-dir '${state}2' -r 5

Ctrl-C ends this.

`);
const flags = ['-f', join(root, 'config', 'demo.ini'), '-e', '-s', scripts, '--state-dir', state];
process.exit(await runProgram([...flags, ...process.argv.slice(2)], systemEdges()));
