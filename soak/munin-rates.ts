import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeCollector } from '../test/helpers/fake-collector.ts';
import { pause, startSoakAgent } from './agent.ts';

const intervalS = 10;
const wantedRuns = 19; // three minutes
const allowed = 0.02;
const ofMunin = '/usr/share/munin/plugins/if_';
const bytesOfLo = '/sys/class/net/lo/statistics/tx_bytes';

/** A count at a moment, in seconds. */
type Reading = { readonly atS: number; readonly count: number };

/**
 * Runs two Munin plugins for three minutes: one that counts 1,234 a second, and Munin's own `if_lo`
 * while 50 kB a second go over the loopback. The mean of the rates that arrive agrees with the
 * counts, read apart from them, within 2 %.
 */
export async function muninRates(say: (line: string) => void): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'munin-rates-'));
  const [plugins, readings, file] = [join(dir, 'plugins'), join(dir, 'readings'), join(dir, 'agent.ini')];
  mkdirSync(plugins, { mode: 0o755 });
  writeFileSync(
    join(plugins, 'steady'),
    `#!/bin/sh
if [ "$1" = config ]; then printf 'sent.type DERIVE\\nsent.min 0\\n'; exit; fi
now=$(date +%s%3N)
echo "sent.value $((now * 1234 / 1000))"
echo "$now $((now * 1234 / 1000))" >> '${readings}'
`,
    { mode: 0o755 },
  );
  if (existsSync(ofMunin)) symlinkSync(ofMunin, join(plugins, 'if_lo'));
  writeFileSync(
    file,
    `[agent]\nhost_metrics = false\nhostname = h\n[directory:munin]\npath = ${plugins}\nformat = munin\n`,
  );
  const collector = await fakeCollector();
  const flags = ['-r', String(intervalS), '-k', 'KEY', '-c', `tcp://127.0.0.1:${collector.port}`, '-f', file];
  const agent = startSoakAgent([], flags);
  const ofLo: Reading[] = [];
  agent.onEntry(({ event, plugin }) => {
    if (event === 'run.finished' && plugin === 'munin/if_lo')
      ofLo.push({ atS: Date.now() / 1000, count: Number(readFileSync(bytesOfLo, 'latin1')) });
  });
  const stopTraffic = sendSteadily();
  const steady = (): readonly Reading[] =>
    existsSync(readings) ? readFileSync(readings, 'utf8').trimEnd().split('\n').map(readingIn) : [];
  while (steady().length < wantedRuns) await pause(1);
  await agent.stop(); // which sends what is there
  stopTraffic();
  agent.clean();
  const agrees = [
    ratesAgree('steady', ratesOf(collector.lines, 'h.steady.sent'), steady(), say),
    ...(existsSync(ofMunin) ? [ratesAgree('if_lo', ratesOf(collector.lines, 'h.if_lo.up'), ofLo, say)] : []),
  ];
  await collector.close();
  rmSync(dir, { recursive: true });
  return agrees.every(Boolean);
}

function readingIn(line: string): Reading {
  const [ms = Number.NaN, count = Number.NaN] = line.split(' ').map(Number);
  return { atS: ms / 1000, count };
}

/** Sends datagrams of 1,000 bytes over the loopback, 50 a second, until the function is called. */
function sendSteadily(): () => void {
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  const sender = createSocket('udp4');
  const payload = Buffer.alloc(1000);
  const timer = setInterval(() => sender.send(payload, receiver.address().port, '127.0.0.1'), 20);
  return () => {
    clearInterval(timer);
    receiver.close();
    sender.close();
  };
}

function ratesOf(lines: readonly string[], metric: string): readonly number[] {
  return lines.filter((line) => line.startsWith(`gauge ${metric} `)).map((line) => Number(line.split(' ')[2]));
}

/** Whether the mean of the rates is what the counts grew by, one for each run but the first. */
function ratesAgree(
  name: string,
  rates: readonly number[],
  counts: readonly Reading[],
  say: (line: string) => void,
): boolean {
  const [first, last] = [counts[0], counts.at(-1)];
  if (first === undefined || last === undefined) return false;
  const expected = (last.count - first.count) / (last.atS - first.atS);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const error = mean / expected - 1;
  const span = `${Math.min(...rates).toFixed(1)} to ${Math.max(...rates).toFixed(1)}`;
  say(
    `${name}: ${rates.length} rates of ${counts.length} runs, ${span}, mean ${mean.toFixed(2)}; ` +
      `the counts grew by ${expected.toFixed(2)} a second: ${(error * 100).toFixed(2)} % off (${allowed * 100} % allowed)`,
  );
  return Math.abs(error) <= allowed && rates.length === counts.length - 1;
}
