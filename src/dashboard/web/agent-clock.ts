const mostDriftS = 2; // less is the delay of an event, and following it would make elapsed times jump

/**
 * The agent's clock as this browser knows it: its own clock, corrected by what the agent sends.
 */
export type AgentClock = {
  nowS(): number;
  /** Corrects the clock, if it is far from the agent's present time. */
  correct(agentNowS: number): void;
};

/** Makes a clock that shows the browser's time until it is corrected. */
export function createAgentClock(): AgentClock {
  let aheadS = 0;
  const nowS = () => Date.now() / 1000 + aheadS;
  return {
    nowS,
    correct(agentNowS) {
      const driftS = agentNowS - nowS();
      if (Math.abs(driftS) > mostDriftS) aheadS += driftS;
    },
  };
}
