import { createLocalTrials } from '../agent/local-trials.ts';
import type { Edges } from '../io/edges.ts';
import type { Config } from '../model/config.ts';
import { visible } from '../words/visible.ts';
import { type DevOutput, DevSession } from './dev-session.ts';
import { leavingText, type TrialRequest } from './run.ts';
import { findTrial } from './trial-source.ts';

/**
 * `dev SCRIPT`: runs the script now and again at each save. Each run gets the run before it as
 * its previous run. Returns the exit status: 0 when it is stopped or its output has no reader any
 * more, 2 if there is no such script.
 */
export async function runDev(
  { script, format, own }: Pick<TrialRequest, 'script' | 'format' | 'own'>,
  config: Config,
  edges: Edges,
  output: DevOutput,
): Promise<number> {
  const local = createLocalTrials(config, edges, own);
  const find = (word: string) => findTrial(word, config, edges, local, format);
  const found = await find(script);
  if (!found.ok) {
    output.complain(visible(found.error));
    return 2;
  }
  const { word } = found.value;
  const session = new DevSession(found.value, edges, () => find(word), output);
  session.start();
  await output.stopped;
  const ranBy = session.close();
  if (ranBy !== null) output.complain(leavingText(ranBy, local));
  await local.close();
  return 0;
}
