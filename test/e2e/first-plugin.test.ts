import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { askAgent } from '../../src/control/client.ts';
import { askSocket } from '../../src/io/net/socket-client.ts';
import { runToEnd, startProgram } from '../helpers/agent.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { moment } from '../helpers/turns.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/first-plugin.md', import.meta.url)), 'utf8');
const block = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);

test('docs/first-plugin.md shows what the program prints for its scripts, numbers aside', async () => {
  const home = tempDir();
  const state = join(home, '.local', 'state', 'instrument_server');
  const scripts = join(home, '.instrumental_scripts');
  mkdirSync(scripts, { mode: 0o700 });
  const normal = (text: string) =>
    text
      .replaceAll(home, '/home/me')
      .replace(/[\d.:]*\d/g, 'N')
      .replace(/ +/g, ' ')
      .trim();
  const [first = '', rate = ''] = block('sh')
    .filter((text) => text.startsWith('#!/bin/sh'))
    .map((text) => text.replace('ls /tmp', `ls '${home}'`)); // where no other process makes files
  const shown = block('text');
  expect(shown).toHaveLength(6);

  const flags = ['-H', 'web1', '--state-dir', state];
  const path = join(scripts, 'queue.sh');
  writeFileSync(path, first, { mode: 0o644 });
  const dev = startProgram([...flags, 'dev', path], { env: { HOME: home } });
  const steps = [
    () => {}, // not executable yet
    () => chmodSync(path, 0o700),
    () => writePlugin(scripts, 'queue.sh', first.replace('41,5', '41.5')),
    () => writePlugin(scripts, 'queue.sh', rate),
    async () => {
      const thenS = Math.floor(Date.now() / 1000);
      while (Math.floor(Date.now() / 1000) === thenS) await moment(); // else no time has passed, and there is no rate
      writePlugin(scripts, 'queue.sh', `${rate}# saved again\n`);
    },
  ];
  let seen = 0;
  for (const [index, step] of steps.entries()) {
    await step();
    const expected = normal(shown[index] ?? '').split('\n').length;
    await dev.until(() => dev.printed.length >= seen + expected);
    expect(normal(dev.printed.slice(seen).join('\n'))).toBe(normal(shown[index] ?? ''));
    seen = dev.printed.length;
  }

  startProgram([...flags, '-e', '-r', '24h'], { env: { HOME: home } });
  while (!(await askAgent(askSocket, state).status()).ok) await moment();
  const run = await runToEnd([...flags, 'run', 'queue'], { HOME: home });
  expect([run.status, normal(run.stdout)]).toEqual([0, normal(shown[5] ?? '')]);
});
