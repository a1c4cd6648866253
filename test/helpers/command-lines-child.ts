import { readFileSync, writeSync } from 'node:fs';
import { runProgram } from '../../src/cli/program.ts';
import { systemEdges } from '../../src/io/edges.ts';

/**
 * Runs many command lines one after the other, as the program does, in one process: to start one
 * for each takes far longer. Reads `[{ args, env }, …]` as JSON from stdin. Prints what each says
 * on stderr, then `\0STATUS\0`, on stderr.
 */
process.setMaxListeners(0); // each adds its own
const lines: readonly { readonly args: readonly string[]; readonly env: Record<string, string> }[] = JSON.parse(
  readFileSync(0, 'utf8'),
);
for (const { args, env } of lines) {
  const status = await runProgram(args, { ...systemEdges(), env });
  writeSync(2, `\0${status}\0`);
}
process.exit(0);
