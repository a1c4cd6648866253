import { availableParallelism } from 'node:os';
import { writeShellPlugins } from './agent.ts';
import { measuredNodes } from './measured-nodes.ts';
import { type Bench, type Limit, table } from './section.ts';
import { spread } from './statistics.ts';
import { measureRound, ownCost, type Round } from './tick-round.ts';
import { buildYardsticks, noCompiler } from './yardsticks.ts';

const plugins = 1000;
const [coldTicks, warmTicks, leftTicks] = [4, 5, 12];
const starts = 3;
const mostCold = 2; // times a warm run
const mostMiB = 75;
const noise = 1.1; // two Nodes are not measured in the same seconds

/**
 * What a run costs on a Node, as a multiple of the floor: in the first ticks after each of some
 * starts, and in later ticks; and the memory in MiB then.
 */
type NodeFigures = {
  readonly version: string;
  readonly cold: readonly number[];
  readonly warm: number;
  readonly rssMiB: number;
};

/** Measures what a run costs in the first ticks after a start, and later, on each given Node. */
export const nodes: Bench = {
  name: 'nodes',
  title: 'First ticks and later ones, by Node',
  async run(say) {
    const yardsticks = buildYardsticks();
    if (yardsticks === null) return { text: noCompiler, limits: [] };
    const options = { plugins, concurrency: Math.max(4, 2 * availableParallelism()), write: writeShellPlugins };
    const measured: NodeFigures[] = [];
    for (const { version, path } of measuredNodes()) {
      const cold: number[] = [];
      for (let start = 0; start < starts; start += 1)
        cold.push(timesFloor(await measureRound(yardsticks, { ...options, node: path, left: 0, ticks: coldTicks })));
      const later = await measureRound(yardsticks, { ...options, node: path, left: leftTicks, ticks: warmTicks });
      const figures = { version, cold, warm: timesFloor(later), rssMiB: later.rssMiB };
      measured.push(figures);
      say(rowOf(figures).join(', '));
    }
    yardsticks.close();
    const text = `The agent's own CPU for a run of ${plugins} \`sh\` plugins, as a multiple of a C program's that starts the same
scripts: in the first ${coldTicks} ticks after each of ${starts} starts, when its code is still being compiled (the median, the
least and the most), and in ${warmTicks} ticks after ${leftTicks} others; and its memory then.

${table(['Node', 'first ticks', 'later', 'MiB'], measured.map(rowOf))}`;
    return { text, limits: limitsOf(measured) };
  },
};

function timesFloor(round: Round): number {
  return ownCost(round) / round.floorOwn;
}

function rowOf({ version, cold, warm, rssMiB }: NodeFigures): readonly string[] {
  return [version, spread(cold, 2), warm.toFixed(2), rssMiB.toFixed(1)];
}

function limitsOf(measured: readonly NodeFigures[]): readonly Limit[] {
  const [oldest] = measured;
  return measured.flatMap(({ version, cold, warm, rssMiB }) => [
    {
      what: `Node ${version}: the first ${coldTicks} ticks, to later ones, the most of ${starts} starts`,
      measured: Math.max(...cold) / warm,
      allowed: mostCold,
      unit: ' times',
      digits: 2,
    },
    ...(oldest && oldest.version !== version
      ? [
          {
            what: `Node ${version}: a run, to that on Node ${oldest.version}`,
            measured: warm / oldest.warm,
            allowed: noise,
            unit: ' times',
            digits: 2,
          },
        ]
      : []),
    {
      what: `Node ${version}: memory with ${plugins} plugins`,
      measured: rssMiB,
      allowed: mostMiB,
      unit: ' MiB',
      digits: 1,
    },
  ]);
}
