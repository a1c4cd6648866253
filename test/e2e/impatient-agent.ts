import { runProgram } from '../../src/cli/program.ts';
import { systemEdges } from '../../src/io/edges.ts';
import { impatience } from '../helpers/impatience.ts';

/** The program as `main.ts` starts it, but for its patience. */
process.exit(await runProgram(process.argv.slice(2), { ...systemEdges(), patience: impatience }));
