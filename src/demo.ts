import { execFileSync } from 'node:child_process';
import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './cli/program.ts';
import { demoTerminal } from './demo-terminal.ts';
import { systemEdges } from './io/edges.ts';
import { programStart, programWords } from './io/process/program-words.ts';
import { terminal } from './io/terminal.ts';
import { firstPluginCommand } from './words/first-plugin.ts';
import { shellLine } from './words/own-command.ts';
import { typeable } from './words/shell-words.ts';

/**
 * `npm start`: makes a private directory with sample plugins beside this source tree (or in
 * $DEMO_DIR), unless it exists, and runs the agent on it. Without a key, the samples are printed,
 * and shown on the page. Some plugins are healthy; the others show one of the usual troubles
 * each. On a terminal, the last line stays the page's link and how to add a plugin. Not part of the
 * installed package.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const demo = process.env['DEMO_DIR'] ?? join(root, 'demo');
const scripts = join(demo, 'scripts');
const state = join(demo, 'state');
const fifo = join(demo, 'hold');

const samples = [
  { fixture: 'healthy-curve.sh', as: 'healthy-curve.sh', mode: 0o700 },
  { fixture: 'two-gauges', as: 'two-gauges', mode: 0o700 },
  { fixture: 'decimal-comma', as: 'decimal-comma', mode: 0o700 },
  { fixture: 'exits-3', as: 'failing', mode: 0o700 },
  { fixture: 'waits-on-fifo', as: 'hung', mode: 0o700 },
  { fixture: 'two-gauges', as: 'open-to-all', mode: 0o755 },
];

if (!existsSync(scripts)) {
  mkdirSync(scripts, { recursive: true, mode: 0o700 });
  for (const { fixture, as, mode } of samples) {
    copyFileSync(join(root, 'fixtures', 'plugins', fixture), join(scripts, as));
    chmodSync(join(scripts, as), mode);
  }
}
if (!existsSync(fifo)) execFileSync('mkfifo', ['-m', '600', fifo]);
// Open as long as this process lives. After that the hung plugin reads an end of file, and ends.
openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
process.env['HOLD_FIFO'] = fifo;
const program = programWords(programStart(fileURLToPath(new URL('./main.js', import.meta.url))));
const own = (words: readonly string[], operand: string) => shellLine([...program, ...words], [operand]);
const flags = ['-f', join(root, 'config', 'demo.ini'), '-e', '-s', scripts, '--state-dir', state];
process.stdout.write(`
The sample plugins in ${scripts} run every 5 seconds. Each line below is one sample: NAME VALUE UNIX_TIME.
Those of the host are printed once a minute.
Add a plugin of your own while this runs, from another terminal:

  ${firstPluginCommand(scripts)}

See what a change does to it, at each save:

  ${own(['--state-dir', state, 'dev'], 'mine.sh')}

Or send the samples to a collector: end this with Ctrl-C first (this stand-in only prints what arrives):

  ${own(['collector', '--listen'], '127.0.0.1:8000')}
  ${own(['-k', 'ANY', '-c', 'tcp://127.0.0.1:8000', '-e', '-s', scripts, '--state-dir', `${state}2`, '-r'], '5')}

Ctrl-C ends this.

`);
const edges = { ...systemEdges(), program };
const shown = demoTerminal(terminal, {
  columns: () => process.stdout.columns || 80, // 0 where the terminal's size is not known
  plugins: () => (existsSync(scripts) ? readdirSync(scripts) : []), // a user may remove it
});
const status = await runProgram(
  [...flags, ...process.argv.slice(2)],
  edges,
  (page) => {
    const where = page.kind === 'served' ? page.link : 'is not served: the log above says why';
    const drop = `drop in a script: install -m 0700 SCRIPT ${typeable(scripts)}`;
    if (shown.isTerminal) shown.keepLast(`the page: ${where} | ${drop}`);
    else void shown.write(`\nThe page that shows them: ${where}\n\n`);
  },
  shown,
);
shown.dropLast();
process.exit(status);
