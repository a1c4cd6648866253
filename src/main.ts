#!/usr/bin/env node
import { runProgram } from './cli/program.ts';
import { systemEdges } from './io/edges.ts';
import { endProcess } from './io/process/end.ts';

endProcess(await runProgram(process.argv.slice(2), systemEdges()));
