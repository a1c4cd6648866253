import type { Status, StatusNow } from '../../src/model/status.ts';

/** A status as the agent has it of the moment, from the whole document. */
export function nowOf({ plugins, ...agent }: Status): StatusNow {
  return { agent, plugins };
}

/** The whole document. */
export function wholeStatus({ agent, plugins }: StatusNow): Status {
  return { ...agent, plugins: [...plugins] };
}
