import { ownCommands } from '../../src/words/own-command.ts';

/** The commands of an agent that is found without flags. */
export const bareCommands = ownCommands({
  program: ['instrument_server'],
  stateDir: [],
  configuration: [],
  configFile: '/etc/instrument_server.ini',
  isWhole: true,
});
