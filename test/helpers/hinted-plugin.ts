import type { HintedPlugin } from '../../src/formats/hints.ts';
import { bareCommands } from './own-commands.ts';

/** A plugin `p` as a hint knows it, of which nothing is configured. */
export function hintedPlugin(path = '/scripts/p', change: Partial<HintedPlugin> = {}): HintedPlugin {
  const tryAs = (format: string) => bareCommands.tryAs('p', format);
  return { path, format: 'native', section: 'p', configFile: '/etc/agent.ini', tryAs, ...change };
}
