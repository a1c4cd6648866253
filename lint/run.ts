/**
 * Checks what no linter knows: plain words, widths, sizes, one meaning a name. Prints each finding
 * and exits with 1.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { commentOf, dialectIn, wideComments, wideProse, wideSource } from './prose.ts';
import { ambiguousNames, oversized } from './shape.ts';

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' }).trim().split('\n');
const chosen = process.argv.slice(2); // folders to look at; all where none is named
const isChosen = (path: string) => chosen.length === 0 || chosen.some((folder) => path.startsWith(folder));
const source = tracked.filter((path) => /^src\/.*\.ts$/.test(path) && isChosen(path));
const styles = tracked.filter((path) => /^src\/.*\.(css|html)$/.test(path) && isChosen(path));
const pages = tracked.filter((path) => /^([A-Z]+|docs\/.*)\.md$/.test(path) && isChosen(path));
const samples = tracked.filter((path) => /^config\/.*\.ini$/.test(path) && isChosen(path));
const textOf = (path: string) => [path, readFileSync(path, 'utf8')] as const;
const texts = source.map(textOf);
const tests = tracked.filter((path) => /^(test\/.*|[^/]*)\.ts$/.test(path) && isChosen(path));
const around = tracked.filter((path) => /^(bench|docs|lint|packaging|soak)\/.*\.ts$/.test(path));

const findings = [
  ...[...source, ...styles, ...pages, ...samples].flatMap((path) => dialectIn(path)),
  ...[...around, ...tests].flatMap((path) => dialectIn(path, commentOf)),
  ...source.flatMap(wideSource),
  ...[...around, ...tests].flatMap(wideComments),
  ...pages.flatMap(wideProse),
  ...texts.flatMap(([path, text]) => oversized(path, text)),
  ...ambiguousNames([...texts, ...around.map(textOf)]),
];
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(`${findings.length} findings in ${source.length + pages.length} files\n`);
process.exitCode = findings.length > 0 ? 1 : 0;
