import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeShellPlugins } from './agent.ts';
import { type Bench, table } from './section.ts';
import { spread } from './statistics.ts';
import { measureRound, ownCost, type Round } from './tick-round.ts';
import { buildYardsticks, noCompiler } from './yardsticks.ts';

const rounds = 3;
const plugins = 200;

/** Measures runs one after the other: of a program and of a shell script. */
export const singleRun: Bench = {
  name: 'run',
  title: 'A run',
  async run(say) {
    const yardsticks = buildYardsticks();
    if (yardsticks === null) return { text: noCompiler, limits: [] };
    const kinds: readonly (readonly [kind: string, write: (dir: string, count: number) => void])[] = [
      ['a program', (dir, count) => writeBinaries(yardsticks.binaryPlugin, dir, count)],
      ['`sh`', writeShellPlugins],
    ];
    const rows: string[][] = [];
    for (const [kind, write] of kinds) {
      const results: Round[] = [];
      for (let round = 0; round < rounds; round += 1) {
        results.push(await measureRound(yardsticks, { plugins, left: 2, ticks: 3, concurrency: 1, write }));
      }
      const figures = (of: (result: Round) => number, digits: number) => spread(results.map(of), digits);
      const row = [
        figures(ownCost, 3),
        figures(({ floorOwn }) => floorOwn, 3),
        figures(({ makespanMs }) => makespanMs / plugins, 2),
        figures(({ floorMs }) => floorMs / plugins, 2),
      ];
      say(`run of ${kind}: ${row.join(', ')}`);
      rows.push([kind, ...row]);
    }
    yardsticks.close();
    const text = `${plugins} plugins run one after the other (\`max_concurrency = 1\`) at each tick of the built agent, end to end.
Yardstick: \`bench/floor.c\`, one at a time. In ms a run.

${table(['plugin', 'own CPU', 'yardstick', 'time', 'yardstick'], rows)}`;
    return { text, limits: [] };
  },
};

function writeBinaries(program: string, dir: string, count: number): void {
  for (let index = 0; index < count; index += 1) {
    copyFileSync(program, join(dir, `plugin_${index}`));
    chmodSync(join(dir, `plugin_${index}`), 0o700);
  }
}
