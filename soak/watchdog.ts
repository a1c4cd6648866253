import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeCollector } from '../test/helpers/fake-collector.ts';
import { writePlugin } from '../test/helpers/install-plugin.ts';
import { type ServiceEvent, watchedService } from '../test/helpers/service-manager.ts';
import { pause } from './agent.ts';

const lastsS = 120;
const watchdogMs = 2000;

/** Prints how often it has run; if two of it run at a time, the second one says so. */
const counted = `#!/bin/sh
mkdir "$HOME/running" || { echo doubled >> "$HOME/doubled"; exit 1; }
n=$(cat "$HOME/n" 2>/dev/null || echo 0); n=$((n + 1)); echo $n > "$HOME/n"; echo "n $n"
rmdir "$HOME/running"
`;

/** Whether the agent that was started last has said that it runs. */
function isReady(events: readonly ServiceEvent[]): boolean {
  const started = events.findLastIndex(({ kind }) => kind === 'started');
  return events.slice(started).some((event) => event.kind === 'message' && /^READY=1$/m.test(event.text));
}

/**
 * For two minutes, stops an agent (SIGSTOP) about every six seconds. A stand-in for systemd's
 * watchdog ends it and starts it again. No run is doubled, and no more than the run that was under
 * way at each end is missing in the collector.
 */
export async function watchdog(say: (line: string) => void): Promise<boolean> {
  const dir = mkdtempSync(join(tmpdir(), 'instrument-soak-'));
  const [scripts, state] = [join(dir, 'scripts'), join(dir, 'state')];
  mkdirSync(scripts, { mode: 0o700 });
  writePlugin(scripts, 'counted', counted);
  const collector = await fakeCollector();
  const flags = ['-e', '-s', scripts, '--state-dir', state, '-r', '1', '-H', 'h', '-k', 'soak'];
  const args = [...flags, '-c', `tcp://127.0.0.1:${collector.port}`];
  const service = await watchedService(dir, join(dir, 'notify'), watchdogMs, args, { HOME: dir });
  try {
    const endsAtMs = performance.now() + lastsS * 1000;
    while (performance.now() < endsAtMs) {
      await service.until(() => isReady(service.events)); // before that, nothing watches it
      await pause(3 + Math.random() * 3);
      const before = service.events.length;
      service.agent().process.kill('SIGSTOP');
      await service.until(() => service.events.slice(before).some(({ kind }) => kind === 'started'));
    }
    await service.until(() => isReady(service.events));
    await pause(3);
    const status = await service.stop();
    const runs = Number(readFileSync(join(dir, 'n'), 'utf8'));
    const numbers = collector.lines.flatMap((line) => /^gauge h\.counted\.n (\d+) /.exec(line)?.[1] ?? []).map(Number);
    const arrived = new Set(numbers).size;
    const ends = service.events.filter(({ kind }) => kind === 'aborted').length;
    const isDoubled = existsSync(join(dir, 'doubled'));
    say(
      `${ends} ends by the watchdog; ${runs} runs, ${arrived} of them arrived, ${numbers.length - arrived} twice; ` +
        `${isDoubled ? 'A RUN WAS DOUBLED' : 'none doubled'}; the last stop: ${status}`,
    );
    return !isDoubled && ends > 5 && runs - arrived <= ends && numbers.length - arrived <= ends && status === 0;
  } finally {
    await service.close();
    await collector.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
