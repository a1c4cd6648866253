import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dashboardParts } from '../../packaging/alerts/dashboard.ts';
import { ruleFile } from '../../packaging/alerts/rule-file.ts';
import { startProgram } from '../helpers/agent.ts';
import { holdFifo } from '../helpers/hold-fifo.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { codeBlocks, pageText } from '../helpers/pages.ts';
import type { Agent } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { withValues } from '../packaging/alerts/grafana-values.ts';
import { type AlertingPrometheus, startAlertingPrometheus } from './servers/alerting-prometheus.ts';
import { alertmanagerProgram, startAlertmanager } from './servers/alertmanager.ts';
import { prometheusProgram } from './servers/prometheus.ts';
import { until } from './servers/server.ts';
import { titleOf } from './set-up.ts';

const programs = { prometheus: prometheusProgram, 'prometheus-alertmanager': alertmanagerProgram };
const isMissing = Object.values(programs).includes(null);

/** The rules are for minutes: for this many times as short lengths of time, and 1 s ticks. */
const pace = 60;
const everyS = 5;
const good = '#!/bin/sh\necho "answer 42"\n';

/** A host: its plugins, and the agent that was started on it last. */
type Host = {
  write(plugin: string, script: string): void;
  start(): Agent;
  readonly pathOf: (plugin: string) => string;
};

const allFigures = 'self_metrics = true\nplugin_metrics = true';

/** A host whose agents tick every second and send these figures of themselves. */
function makeHost(name: string, url: string, figures = allFigures): Host {
  const dir = tempDir();
  const scripts = join(dir, 'scripts');
  const file = join(dir, 'agent.ini');
  mkdirSync(scripts, { mode: 0o700 });
  writeFileSync(
    file,
    `[agent]
hostname = ${name}
report_interval = 1s
host_metrics = false
${figures}
state_dir = ${dir}/state
[scripts]
enabled = true
location = ${scripts}
[sink:prometheus]
url = ${url}
`,
    { mode: 0o600 },
  );
  return {
    write: (plugin, script) => void writePlugin(scripts, plugin, script),
    start: () => startProgram(['-f', file]),
    pathOf: (plugin) => join(scripts, plugin),
  };
}

/** The YAML on the page that begins with this word. */
function configurationOf(page: string, word: string): string {
  const block = codeBlocks(pageText(page)).find(({ language, text }) => language === 'yaml' && text.startsWith(word));
  if (block === undefined) throw new Error(`${page} shows no ${word}`);
  return block.text;
}

/** An alert in short. */
function briefly(labels: Readonly<Record<string, string>>): string {
  const { alertname = '', host, plugin = '-', reason = '-' } = labels;
  return `${alertname.replace('InstrumentServer', '')} ${host} ${plugin} ${reason}`;
}

/** The panels of the dashboard that have nothing to show of the first host. */
async function emptyPanels({ query }: AlertingPrometheus): Promise<readonly unknown[]> {
  const empty: unknown[] = [];
  for (const { queries, shape } of dashboardParts.flatMap(([, panels]) => panels))
    for (const [expression] of queries)
      if ((await query(withValues(expression, 'web-1'))).length === 0) empty.push(shape['title']);
  return empty;
}

describe.skipIf(isMissing)(titleOf('the rules in Prometheus, with Alertmanager', programs), () => {
  test('raise the right alert for each fault of three hosts within two evaluations, and end it with the fault', async () => {
    const alertmanager = await startAlertmanager(configurationOf('docs/alerting.md', 'inhibit_rules'));
    const prometheus = await startAlertingPrometheus({
      rules: ruleFile(pace),
      everyS,
      alertmanager: alertmanager.address,
    });
    const [one, two, three] = ['web-1', 'web-2', 'web-3'].map((name) => makeHost(name, prometheus.url)) as [
      Host,
      Host,
      Host,
    ];
    one.write('exits.sh', good);
    one.write('garbles.sh', good);
    two.write('hangs.sh', good);
    two.write('opened.sh', good);
    three.write('fine.sh', good);
    one.start();
    two.start();
    const third = three.start();
    await until(
      () => prometheus.query('instrument_server_plugin_up == 1'),
      (up) => up.length === 5,
    );

    await until(prometheus.evaluations, (count) => count >= 3); // pending alerts show from the second one on
    expect(await prometheus.query('ALERTS')).toEqual([]);

    const hold = holdFifo();
    one.write('exits.sh', '#!/bin/sh\necho "no table" >&2\nexit 1\n');
    one.write('garbles.sh', '#!/bin/sh\necho "answer forty-two"\n');
    two.write('hangs.sh', `#!/bin/sh\nread -r line <'${hold.path}'\n`);
    chmodSync(two.pathOf('opened.sh'), 0o777);
    third.process.kill('SIGKILL');
    const expected = [
      'AgentSilent web-3 - -',
      'PluginGarbled web-1 garbles only-bad-lines',
      'PluginHung web-2 hangs hung',
      'PluginRejected web-2 opened wrong-mode',
      'PluginSilent web-1 exits exit-status',
    ];
    const raised = await until(alertmanager.raised, (alerts) => alerts.length >= expected.length);
    expect(raised.map(({ labels }) => briefly(labels)).sort()).toEqual(expected);
    for (const { labels, annotations } of raised) {
      const { host = '', plugin = host } = labels;
      const texts = `${annotations['summary']}\n${annotations['description']}`;
      for (const word of [host, plugin, 'instrument_server status']) expect(texts).toContain(word);
    }
    expect(await emptyPanels(prometheus)).toEqual(['Most memory in the last run, if more than the agent has']);

    for (const plugin of ['exits.sh', 'garbles.sh']) one.write(plugin, good);
    two.write('hangs.sh', good);
    hold.release();
    chmodSync(two.pathOf('opened.sh'), 0o700);
    three.start();
    await until(alertmanager.raised, (alerts) => alerts.length === 0);

    const evaluations = (state: string) => prometheus.query(`count_over_time(ALERTS{alertstate="${state}"}[1h])`);
    expect((await evaluations('firing')).map(({ labels }) => briefly(labels)).sort()).toEqual(expected);
    const waited = (await evaluations('pending')).filter(({ labels }) => expected.includes(briefly(labels)));
    expect(waited.map(({ value }) => value)).toEqual(expected.map(() => 1)); // and fires at the next one
  });

  test('name a host whose clock is fast or slow, and none whose samples are late because they waited', async () => {
    const prometheus = await startAlertingPrometheus({ rules: ruleFile(pace), everyS, alertmanager: null });
    const clocks = { fast: [180, 0], slow: [-180, 0], late: [-180, 170], right: [0, 0] };
    for (const [name, [aheadS, waitedS]] of Object.entries(clocks)) {
      const host = makeHost(name, prometheus.url, 'self_metrics = false');
      const figures = `runs_in_flight 0 $at\\nspool.prometheus.age_s ${waitedS} $at\\n`; // as an agent at that time sends
      host.write('instrument_server.sh', `#!/bin/sh\nat=$(($(date +%s) + ${aheadS}))\nprintf "${figures}"\n`);
      host.start();
    }
    const wrong = (labels: string) => prometheus.query(`ALERTS{alertname="InstrumentServerClockWrong"${labels}}`);
    const firing = await until(
      () => wrong(', alertstate="firing"'),
      (alerts) => alerts.length >= 2,
    );
    expect(firing.map(({ labels }) => [labels['host'], labels['clock']]).sort()).toEqual([
      ['fast', 'fast'],
      ['slow', 'slow'],
    ]);
    expect(await wrong(', host=~"late|right"')).toEqual([]);
  });
});
