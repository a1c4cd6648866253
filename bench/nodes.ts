import { availableParallelism } from 'node:os';
import { writeShellPlugins } from './agent.ts';
import { measuredNodes } from './measured-nodes.ts';
import { type Bench, type Limit, table } from './section.ts';
import { measureRound, ownCost, type Round } from './tick-round.ts';
import { buildYardsticks, noCompiler } from './yardsticks.ts';

const plugins = 1000;
const [coldTicks, warmTicks, leftTicks] = [4, 5, 12];
const mostCold = 2; // times a warm run
const mostMiB = 75;
const noise = 1.1; // two Nodes are not measured in the same seconds

/** A Node's rounds: the first ticks after a start, and later ones. */
type NodeRounds = { readonly version: string; readonly cold: Round; readonly warm: Round };

/** Measures what a run costs in the first ticks after a start, and later, on each given Node. */
export const nodes: Bench = {
  name: 'nodes',
  title: 'First ticks and later ones, by Node',
  async run(say) {
    const yardsticks = buildYardsticks();
    if (yardsticks === null) return { text: noCompiler, limits: [] };
    const options = { plugins, concurrency: Math.max(4, 2 * availableParallelism()), write: writeShellPlugins };
    const measured: NodeRounds[] = [];
    for (const { version, path } of measuredNodes()) {
      const cold = await measureRound(yardsticks, { ...options, node: path, left: 0, ticks: coldTicks });
      const warm = await measureRound(yardsticks, { ...options, node: path, left: leftTicks, ticks: warmTicks });
      measured.push({ version, cold, warm });
      say(rowOf({ version, cold, warm }).join(', '));
    }
    yardsticks.close();
    const text = `The agent's own CPU for a run of ${plugins} \`sh\` plugins, as a multiple of a C program's that starts the same
scripts: in the first ${coldTicks} ticks after a start, when its code is still being compiled, and in ${warmTicks} ticks after ${leftTicks} others; and its memory then.

${table(['Node', 'first ticks', 'later', 'MiB'], measured.map(rowOf))}`;
    return { text, limits: limitsOf(measured) };
  },
};

function timesFloor(round: Round): number {
  return ownCost(round) / round.floorOwn;
}

function rowOf({ version, cold, warm }: NodeRounds): readonly string[] {
  return [version, timesFloor(cold).toFixed(2), timesFloor(warm).toFixed(2), warm.rssMiB.toFixed(1)];
}

function limitsOf(measured: readonly NodeRounds[]): readonly Limit[] {
  const [oldest] = measured;
  return measured.flatMap(({ version, cold, warm }) => [
    {
      what: `Node ${version}: the first ${coldTicks} ticks, to later ones`,
      measured: timesFloor(cold) / timesFloor(warm),
      allowed: mostCold,
      unit: ' times',
      digits: 2,
    },
    ...(oldest && oldest.version !== version
      ? [
          {
            what: `Node ${version}: a run, to that on Node ${oldest.version}`,
            measured: timesFloor(warm) / timesFloor(oldest.warm),
            allowed: noise,
            unit: ' times',
            digits: 2,
          },
        ]
      : []),
    {
      what: `Node ${version}: memory with ${plugins} plugins`,
      measured: warm.rssMiB,
      allowed: mostMiB,
      unit: ' MiB',
      digits: 1,
    },
  ]);
}
