import { isEnabled, settingsOf, settingsSection } from '../../src/config/plugin-settings.ts';
import { shownSettings } from '../../src/config/shown-settings.ts';
import type { Config } from '../../src/model/config.ts';
import { nextDueAtS } from '../../src/scheduler/due.ts';
import type { StatusSources } from '../../src/view/status.ts';
import { createView, type View } from '../../src/view/view.ts';
import { bareCommands } from '../helpers/own-commands.ts';
import { type Home, testConfig } from '../helpers/test-daemon.ts';
import { facts, goodRun, noonS } from './set-up.ts';

/** A view in which every plugin has had a good run, unless the test says otherwise. */
export function viewOf(change: Partial<View> = {}): View {
  return { ...createView({ nowMs: () => noonS * 1000 }), runs: () => facts(goodRun), ...change };
}

/** What a status at noon is made of. */
export function statusParts(
  home: Home,
  change: Partial<StatusSources> = {},
  configChange: Partial<Config> = {},
): StatusSources {
  return {
    identity: { version: '2.0.0', pid: 47, startedAtS: noonS - 600 },
    config: testConfig(home, configChange),
    commands: bareCommands,
    settingsOf,
    isEnabled,
    shownSettings,
    sectionOf: settingsSection,
    nextDueAtS,
    nowMs: noonS * 1000,
    nextTickAtS: noonS + 60,
    isStopping: false,
    scripts: [],
    suspension: null,
    exposure: null,
    suspensionOf: () => change.suspension ?? null,
    directories: [],
    whyNoPlugin: () => null,
    momentOf: () => ({ offsetMs: 0, awaitedMs: null }),
    inFlight: [],
    leftBehind: () => null,
    unloggedStderr: () => null,
    shortage: null,
    view: viewOf(),
    lastRun: () => null,
    output: () => null,
    dashboardUrl: null,
    sinks: [{ name: 'instrumental', address: 'there', waiting: () => 0, oldestAtS: () => null, lost: () => 0 }],
    usage: { rssBytes: 6, cpuS: 7 },
    cpuBusyPercent: null,
    ...change,
  };
}
