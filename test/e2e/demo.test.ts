import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { pidsWith } from '../helpers/processes.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('npm start shows samples of its plugins and of the host, tells what to type next, and Ctrl-C leaves nothing running', async () => {
  const demo = startProgram([], { main: `${root}dist/demo.js`, env: { HOME: tempDir() } });
  const has = (pattern: RegExp) => demo.printed.some((line) => pattern.test(line));
  await demo.until(
    () => has(/\.two-gauges\.load 1\.5 \d+$/) && has(/\.healthy-curve\.\S+ [\d.-]+ \d+$/) && has(/\.memory\.free_percent [\d.]+ \d+$/),
  );
  expect(demo.printed.join('\n')).toContain(`chmod 0700 '${root}demo/scripts/mine.sh'`);
  expect(demo.printed.join('\n')).toContain('collector --listen 127.0.0.1:8000');
  expect(statSync(`${root}demo/scripts`).mode & 0o7777).toBe(0o700);
  demo.process.kill('SIGINT');
  expect(await demo.exit).toBe(0);
  expect(pidsWith(`${root}demo/scripts/two-gauges`)).toEqual([]);
});
