import type { HintedPlugin } from '../../src/formats/hints.ts';
import { bareCommands } from './own-commands.ts';

/** A plugin `p` as a hint knows it, without a section of its own. */
export function hintedPlugin(path = '/scripts/p', change: Partial<HintedPlugin> = {}): HintedPlugin {
  const tryAs = (format: string) => bareCommands.tryAs('p', format);
  return { path, format: 'native', section: '[plugin:p]', configFile: '/etc/agent.ini', tryAs, ...change };
}
