#!/usr/bin/env node
import { runProgram } from './cli/program.ts';
import { systemEdges } from './io/edges.ts';

process.exit(await runProgram(process.argv.slice(2), systemEdges()));
