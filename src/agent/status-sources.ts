import { isEnabled, settingsOf, settingsSection } from '../config/plugin-settings.ts';
import { shownSettings } from '../config/shown-settings.ts';
import { annotate } from '../formats/annotate.ts';
import type { OutputFiles } from '../io/disk/output-files.ts';
import type { Edges } from '../io/edges.ts';
import type { DescriptorUse } from '../io/process/launch/descriptor-budget.ts';
import type { Advice } from '../model/advice.ts';
import type { AnnotatedOutput } from '../model/annotated.ts';
import type { Config } from '../model/config.ts';
import type { Plugin } from '../model/plugin.ts';
import { nextDueAtS } from '../scheduler/due.ts';
import { offsetMs } from '../scheduler/spread.ts';
import { nextBoundaryMs } from '../scheduler/ticker.ts';
import type { Store } from '../store/store.ts';
import { adviceOnDescriptors } from '../view/bound-reasons.ts';
import type { StatusSources } from '../view/status.ts';
import type { View } from '../view/view.ts';
import type { OwnCommands } from '../words/own-command.ts';
import type { Delivery } from './delivery.ts';
import type { MuninConfigs } from './munin-configs.ts';
import { muninFormatAfter } from './munin-run.ts';
import { contextOf, hintedPlugin } from './read-output.ts';
import type { Scripts } from './scripts.ts';

/**
 * The stages of a running agent that know what a status says. `config` gives the configuration in
 * force.
 */
export type AgentStages = {
  readonly config: () => Config;
  readonly scripts: Scripts;
  readonly delivery: Delivery;
  readonly store: Store;
  readonly outputs: OutputFiles;
  readonly muninConfigs: MuninConfigs;
  readonly view: View;
  readonly cpuBusyPercent: () => number | null;
  readonly isStopping: () => boolean;
  readonly commands: OwnCommands;
};

const mostOutputBytes = 256 * 1024; // of a last output that is shown
const mostOutputLines = 500;

/**
 * Collects, at this moment, what a status is made of. `startedAtS` is when the agent started;
 * `dashboardUrl` null: no page.
 */
export function statusSources(
  edges: Edges,
  stages: AgentStages,
  startedAtS: number,
  dashboardUrl: string | null,
): StatusSources {
  const { scripts, delivery, store, view, isStopping, commands } = stages;
  const config = stages.config();
  const { spread, hostname, reportIntervalS } = config;
  const nowMs = edges.clock.nowMs();
  return {
    identity: { version: edges.version, pid: edges.pid, startedAtS },
    config,
    commands,
    settingsOf,
    isEnabled,
    shownSettings,
    sectionOf: settingsSection,
    nextDueAtS,
    nowMs,
    nextTickAtS: nextBoundaryMs(nowMs, reportIntervalS) / 1000,
    isStopping: isStopping(),
    scripts: scripts.judged(),
    suspension: scripts.suspension(),
    suspensionOf: scripts.suspensionOf,
    directories: scripts.directories(),
    exposure: scripts.exposure(),
    whyNoPlugin: scripts.whyNoPlugin,
    inFlight: scripts.inFlight(),
    leftBehind: scripts.bounds.leftBehind,
    unloggedStderr: scripts.bounds.unloggedStderr,
    shortage: shortageOf(scripts.bounds.descriptors()),
    momentOf: ({ file, name }) => ({
      offsetMs: spread ? offsetMs(hostname, name, reportIntervalS) : 0,
      awaitedMs: scripts.awaitedMs(file),
    }),
    view,
    lastRun: store.lastRun,
    output: (plugin) => lastOutput(plugin, stages),
    dashboardUrl,
    sinks: delivery.outlets(),
    usage: edges.usage(),
    cpuBusyPercent: stages.cpuBusyPercent(),
  };
}

function shortageOf({ limit, runs, waiting }: DescriptorUse): Advice | null {
  return waiting === 0 || limit === null || runs === null ? null : adviceOnDescriptors(limit, runs);
}

/**
 * What a plugin's last run printed, line by line; null: nothing of it is kept, or it can't be
 * read.
 */
function lastOutput(plugin: Plugin, stages: AgentStages): AnnotatedOutput | null {
  const { store, outputs, config, commands, muninConfigs } = stages;
  const last = store.lastRun(plugin.file);
  if (last === null) return null;
  const beginning =
    last.output === null ? { bytes: new Uint8Array(), isWhole: true } : beginningOf(outputs, last.output.name);
  if (beginning === null) return null;
  const settings = settingsOf(config(), plugin);
  const ending = { kind: 'exited', status: last.status } as const;
  const run = { endedAtS: last.endedAtS, droppedBytes: 0, ending };
  const context = { ...contextOf(plugin, settings, run, config().hostname), truncated: !beginning.isWhole };
  const hinted = hintedPlugin(plugin, settings, config(), commands);
  // Of a count that became a rate, the values before are not kept
  const munin = () => muninFormatAfter(muninConfigs.configOf(plugin.file), null, outputs, last.endedAtS);
  const format = settings.format === 'munin' ? munin() : settings.format;
  return annotate(beginning.bytes, context, mostOutputLines, hinted, format);
}

/** The first bytes of a kept output; null: it can't be read. */
function beginningOf(
  outputs: OutputFiles,
  name: string,
): { readonly bytes: Uint8Array; readonly isWhole: boolean } | null {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (const chunk of outputs.chunks(name)) {
      chunks.push(new Uint8Array(chunk.subarray(0, mostOutputBytes - bytes)));
      bytes += chunk.length;
      if (bytes > mostOutputBytes) break;
    }
  } catch {
    return null; // that was reported when it was to be stored
  }
  return { bytes: Buffer.concat(chunks), isWhole: bytes <= mostOutputBytes };
}
