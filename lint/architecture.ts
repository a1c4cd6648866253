/**
 * Checks who imports whom (`.dependency-cruiser.json`). Fails also if it saw too few modules: a
 * check that sees nothing finds nothing.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const leastShare = 0.95; // of the source files; some hold types only that no one imports from outside

type Cruise = {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
};

const { stdout, stderr } = spawnSync(
  'depcruise',
  ['--config', '.dependency-cruiser.json', '--output-type', 'json', 'src'],
  { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
);
if (stdout === null || stdout === '') throw new Error(`dependency-cruiser gave nothing: ${stderr}`);
const { summary }: Cruise = JSON.parse(stdout);
const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).length;

for (const { rule, from, to } of summary.violations) process.stdout.write(`${rule.name}: ${from} imports ${to}\n`);
const isBlind = summary.totalCruised < files * leastShare;
if (isBlind) process.stdout.write(`only ${summary.totalCruised} modules were seen of ${files} source files\n`);
process.stdout.write(`${summary.violations.length} violations in ${summary.totalCruised} modules\n`);
process.exitCode = isBlind || summary.violations.length > 0 ? 1 : 0;
