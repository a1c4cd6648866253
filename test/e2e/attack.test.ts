import { chmodSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { runToEnd } from '../helpers/agent.ts';
import { attacks, foreignRuns, setOpen, startAttacker } from '../helpers/attack.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { makeHome, testConfig, testDaemon } from '../helpers/test-daemon.ts';
import { moment } from '../helpers/turns.ts';

const needsRoot = process.getuid?.() !== 0 && 'it takes root to act as two users';
const [leastSwaps, leastTicks] = [200, 15]; // the soak `attack` lasts longer

for (const [how, set] of Object.entries(attacks)) {
  test.skipIf(needsRoot)(`${how} by another user: check says so, and no foreign script ever runs`, async () => {
    const base = tempDir();
    chmodSync(base, 0o755); // for the other user to enter
    const attack = set(base);
    const home = { ...makeHome(), scripts: attack.scripts };
    const agent = testDaemon(home, { scripts: { ...testConfig(home).scripts, location: attack.scripts } });
    await agent.tickAndFinish('x.sh');

    setOpen(attack, true);
    const check = await runToEnd(['check', '-e', '-s', attack.scripts, '--state-dir', home.state, '-f', '/dev/null']);
    expect(check.stdout).toMatch(attack.named);

    setOpen(attack, false);
    const attacker = startAttacker(attack); // it tries, and waits for the folder to be opened
    onTestFinished(() => void attacker.process.kill('SIGKILL'));
    await agent.tickAndFinish('x.sh');
    setOpen(attack, true);
    for (let ticks = 0; ticks < leastTicks || attacker.swaps() < leastSwaps; ticks += 1) {
      agent.tick();
      await moment();
    }
    await attacker.end();
    setOpen(attack, false);
    await agent.tickAndFinish('x.sh'); // nothing has to be done for it to run again
    expect(agent.samples.at(-1)).toMatch(/^testhost\.x\.good 1 /);
    expect(foreignRuns(base)).toBe(0);
  });
}
