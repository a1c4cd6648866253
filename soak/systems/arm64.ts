import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceVersion } from '../../packaging/contents.ts';
import { writePlugin } from '../../test/helpers/install-plugin.ts';
import { findProgram } from '../../test/integration/servers/server.ts';
import type { SystemsKit } from './kit.ts';
import { eventually } from './machine.ts';

/**
 * The package for arm64 on another processor: qemu-user runs its Node, with Debian's arm64
 * libraries. A plugin is started by the emulated C library; its shell is this machine's own.
 */
export async function arm64Package({ say, claim, packageOf, tree, folder }: SystemsKit): Promise<void> {
  const qemu = findProgram('qemu-aarch64') ?? findProgram('qemu-aarch64-static');
  if (qemu === null) return say('  left out: it takes qemu-user');
  const dir = folder('arm64');
  execFileSync('dpkg-deb', ['-x', packageOf('arm64', 'deb'), dir]);
  const program = join(dir, 'usr/lib/instrument_server');
  const words = ['-L', tree('bookworm', 'arm64'), join(program, 'bin/node'), join(program, 'agent/dist/main.js')];
  const version = execFileSync(qemu, [...words, '--version'], { encoding: 'utf8' }).trim();
  claim(
    `--version prints: ${version}`,
    version.endsWith(sourceVersion(fileURLToPath(new URL('../..', import.meta.url)))),
  );

  const [scripts, configuration] = [join(dir, 'scripts'), join(dir, 'arm.ini')];
  mkdirSync(scripts, { mode: 0o700 });
  writePlugin(scripts, 'answers.sh', '#!/bin/sh\necho "answer 42"\n');
  writeFileSync(configuration, '[dashboard]\nenabled = no\n', { mode: 0o600 });
  const flags = ['-e', '-r', '5', '-H', 'arm', '-s', scripts, '--state-dir', join(dir, 'state'), '-f', configuration];
  const agent = spawn(qemu, [...words, ...flags], { env: { PATH: '/usr/bin:/bin', HOME: dir } });
  const exit = new Promise<number | null>((resolve) => agent.on('close', resolve));
  let printed = '';
  for (const stream of [agent.stdout, agent.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  try {
    const sample = () => /^arm\.answers\.answer 42 \d+$/m.exec(printed)?.[0];
    await eventually('a sample', async () => sample() !== undefined || agent.exitCode !== null);
    claim(`an agent prints the sample of a plugin: ${sample()}`, sample() !== undefined, printed);
    const maps = readFileSync(`/proc/${agent.pid}/maps`, 'utf8');
    claim("koffi's library for arm64 is loaded", maps.includes('/koffi-linux-arm64/'), maps);
    claim("its database is open, by Node's own SQLite", maps.includes('/instrument_server.db-shm'), maps);
    agent.kill('SIGTERM');
    claim('SIGTERM ends it with status 0', (await exit) === 0, printed);
    const warnings = printed.split('\n').filter((line) => /"level":"(warn|error|fatal)"/.test(line));
    claim('its log has no warning', warnings.length === 0, warnings.join('\n'));
  } finally {
    agent.kill('SIGKILL');
    await exit;
  }
}
