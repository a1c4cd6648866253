import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { fakeCollector } from '../helpers/fake-collector.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import type { Agent } from '../helpers/program.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { moment } from '../helpers/turns.ts';

const committedWithinMs = 500; // of a run's end

/** What a plugin prints of its number `$n`, and how it ends. */
const plugins = [
  { file: 'command/checked', metric: 'checked.n', body: 'echo "BUSY - run $n|n=$n"; leave 1' },
  { file: 'munin/counted', metric: 'counted.n', body: '[ "$1" = config ] && leave 0; echo "n.value $n"; leave 0' },
  { file: 'collectors/labelled.sh', metric: 'labelled.n.of.a', body: 'echo "n{of=\\"a\\"} $n"; leave 0' },
];

/**
 * Writes a plugin whose runs are numbered. Each takes a lock by `mkdir`, notes it if another run
 * has that lock, and gives it back at its end, up to 0.8 s later.
 */
function writeNumbered(dir: string, place: string, name: string, body: string): string {
  return writePlugin(
    place,
    name,
    `#!/bin/sh
mkdir '${dir}/lock-${name}' || { echo '${name}' >> '${dir}/doubled'; exit 9; }
leave() { rmdir '${dir}/lock-${name}'; exit $1; }
n=$(($(cat '${dir}/n-${name}' 2>/dev/null || echo 0) + 1)); echo $n > '${dir}/n-${name}'
sleep 0.$((n * 3 % 8))
${body}
`,
    0o755,
  );
}

/** The plugin of each run of a killed agent that ended early enough to be in its database. */
function committedRuns({ log }: Agent, killedMs: number): readonly string[] {
  return log.flatMap(({ event, plugin, samples, time }) =>
    event === 'run.finished' && Number(samples) > 0 && Date.parse(String(time)) < killedMs - committedWithinMs
      ? [String(plugin)]
      : [],
  );
}

test("kill -9 while other systems' plugins run: nothing that was read is lost, no run and no sample is doubled", async () => {
  const dir = tempDir();
  const [munin, collectors, lib] = ['munin', 'collectors', 'lib'].map((name) => join(dir, name));
  for (const path of [munin, collectors, lib]) mkdirSync(path ?? '', { mode: 0o755 });
  const [checked, counted, labelled] = plugins.map(({ body }) => body);
  writeNumbered(dir, munin ?? '', 'counted', counted ?? '');
  writeNumbered(dir, collectors ?? '', 'labelled.sh', labelled ?? '');
  const check = writeNumbered(dir, lib ?? '', 'check', checked ?? '');
  const collector = await fakeCollector({ refuse: true });
  onTestFinished(() => collector.close());
  const file = join(dir, 'agent.ini');
  writeFileSync(
    file,
    `[agent]
hostname = h
report_interval = 1s
host_metrics = false
state_dir = ${dir}/state
[collector]
api_key = abc
address = tcp://127.0.0.1:${collector.port}
[directory:munin]
path = ${munin}
format = munin
[directory:collectors]
path = ${collectors}
format = prometheus
[plugin:checked]
command = ${check}
format = nagios
`,
    { mode: 0o600 },
  );
  const start = () => startProgram(['-f', file, '--debug'], { env: { HOME: dir } });
  const committed: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    const agent = start();
    await agent.event('run.finished');
    const endMs = performance.now() + 1000 + ((round * 0.381966) % 1) * 1000; // anywhere in a tick
    while (performance.now() < endMs) await moment();
    const killedMs = Date.now();
    agent.process.kill('SIGKILL');
    await agent.exit;
    committed.push(...committedRuns(agent, killedMs));
  }
  collector.setMode({ refuse: false });
  const last = start();
  const valuesOf = (metric: string) =>
    collector.lines.flatMap((line) => (line.startsWith(`gauge h.${metric} `) ? [Number(line.split(' ')[2])] : []));
  const readOf = (file: string) => committed.filter((plugin) => plugin === file).length;
  await collector.until(() => plugins.every(({ file, metric }) => valuesOf(metric).length >= readOf(file)));
  last.process.kill('SIGTERM');
  await last.exit;
  for (const { file, metric } of plugins) {
    const values = valuesOf(metric);
    expect(readOf(file), file).toBeGreaterThan(4);
    expect(values, file).toEqual([...new Set(values)]);
  }
  while (readdirSync(dir).some((name) => name.startsWith('lock-'))) await moment();
  expect(existsSync(join(dir, 'doubled'))).toBe(false);
});
