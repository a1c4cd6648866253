import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startProgram } from '../helpers/agent.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

test("the README's first plugin gives the metric that the README shows, with the flags that it shows", async () => {
  const script = /cat > ~\/\.instrumental_scripts\/(\S+) <<'END'\n(.*?)END\n/s.exec(readme);
  const shown = /<!-- readme-example.*?\$ instrument_server ([^\n]*)\n(\S+) \S+ \d+\n/s.exec(readme);
  const [, name = '', body = ''] = script ?? [];
  const [, flags = '', metric = ''] = shown ?? [];
  expect([name, metric]).toEqual(['logins.sh', 'web1.logins.users']);
  const home = tempDir();
  mkdirSync(join(home, '.instrumental_scripts'), { mode: 0o700 });
  writeFileSync(join(home, '.instrumental_scripts', name), body);
  chmodSync(join(home, '.instrumental_scripts', name), 0o700);
  const agent = startProgram(flags.replace('-r 5', '-r 1').split(' '), {
    env: { HOME: home, XDG_STATE_HOME: join(home, 'state') },
    cwd: home,
  });
  await agent.until(() =>
    agent.printed.some((line) => new RegExp(`^${metric.replaceAll('.', '\\.')} \\d+ \\d{10}$`).test(line)),
  );
});

test('the README names the version that package.json has', () => {
  const { version } = JSON.parse(readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'));
  expect(readme).toContain(`\nVersion ${version} · [MIT](LICENSE) · `);
});

test('the README shows the two commands of the quick start', () => {
  expect(readme).toContain('npm ci && npm start\nnpm ci && npm test\n');
});
