import type { PluginStatus, SinkStatus, StatusNow } from '../model/status.ts';
import type { WallAgent, WallPlugin, WallSink } from '../model/wall-status.ts';

/**
 * Returns what a wall screen may know of a status. Each field is named here, down to the last one:
 * no object is passed on as it is, so that a field which is added to the status stays out.
 */
export function wallStatusNow({ agent, plugins }: StatusNow): {
  readonly agent: WallAgent;
  readonly plugins: Iterable<WallPlugin>;
} {
  return { agent: wallAgent(agent), plugins: wallPlugins(plugins) };
}

function* wallPlugins(plugins: Iterable<PluginStatus>): Iterable<WallPlugin> {
  for (const plugin of plugins) yield wallPlugin(plugin);
}

function wallPlugin({ currentRun, lastRun, ...plugin }: PluginStatus): WallPlugin {
  return {
    file: plugin.file,
    name: plugin.name,
    state: plugin.state,
    reasons: plugin.reasons.map(({ kind }) => ({ kind })),
    intervalS: plugin.intervalS,
    currentRun: currentRun && { sinceS: currentRun.sinceS, isOverdue: currentRun.isOverdue },
    lastRun: lastRun && { endedAtS: lastRun.endedAtS, durationMs: lastRun.durationMs, samples: lastRun.samples },
    lastReportAtS: plugin.lastReportAtS,
    runs: plugin.runs,
    beats: plugin.beats.replace(/[^opfslh]/g, ''),
    ...(plugin.muted && { muted: { untilS: plugin.muted.untilS } }),
  };
}

function wallAgent(agent: StatusNow['agent']): WallAgent {
  const { scripts, directories = [] } = agent;
  return {
    version: agent.version,
    hostname: agent.hostname,
    atS: agent.atS,
    startedAtS: agent.startedAtS,
    intervalS: agent.intervalS,
    lastTickAtS: agent.lastTickAtS,
    isStopping: agent.isStopping,
    troubles: {
      hasConfigurationProblems: agent.configurationProblems.length > 0,
      hasSuspendedDirectory: scripts.reason !== null || directories.some(({ reason }) => reason !== null),
      isOverloaded: agent.overload !== null,
      isStoreFailing: agent.storeFailure !== null,
    },
    sinks: agent.sinks.map(wallSink),
  };
}

function wallSink({ name, state, troubleSinceS, waitingSamples, oldestAtS, lastSentAtS }: SinkStatus): WallSink {
  return { name, state, troubleSinceS, waitingSamples, oldestAtS, lastSentAtS };
}
