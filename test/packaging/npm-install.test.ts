import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { sourceVersion, thisArchitecture } from '../../packaging/contents.ts';
import { nodeMajors, nodeProgram } from '../../packaging/node-binary.ts';
import { npmFolder } from '../../packaging/npm-package.ts';
import { writePlugin } from '../helpers/install-plugin.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { packageFolder } from './build.ts';
import { documentedBytes } from './documented-size.ts';
import { brokenLinks } from './packed-links.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const version = sourceVersion(root);
const newest = nodeMajors.at(-1) ?? '';
const isLinux = process.platform === 'linux'; // the registry has these versions of Node for Linux only

describe.skipIf(!isLinux)(`the package for npm${isLinux ? '' : ' (skipped: not on Linux)'}`, () => {
  let out = '';
  let packed = '';
  let nodes: Readonly<Record<string, string>> = {};
  beforeAll(() => {
    const folder = packageFolder();
    out = folder.out;
    execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', out], { cwd: root });
    packed = join(out, `instrument-server-${version}.tgz`);
    nodes = Object.fromEntries(
      nodeMajors.map((major) => [major, nodeProgram(major, thisArchitecture(), join(root, npmFolder))]),
    );
    const ownCache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
    mkdirSync(join(ownCache, '_cacache'), { recursive: true });
    mkdirSync(join(out, 'cache')); // what npx installs goes here, and what is downloaded to the user's cache
    symlinkSync(join(ownCache, '_cacache'), join(out, 'cache/_cacache'));
    return folder.remove;
  });

  /** What a command ends with, if `node` is this version of Node. */
  function on(major: string, command: string, ...args: readonly string[]) {
    const PATH = [dirname(nodes[major] ?? ''), process.env['PATH']].join(delimiter);
    const env = { ...process.env, PATH, npm_config_cache: join(out, 'cache') };
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: out, encoding: 'utf8', env, timeout: 100_000 });
    return { status, stdout, stderr };
  }

  /** Installs it by npm, which this version of Node runs. Returns the folder. */
  function install(major: string, ...flags: readonly string[]): string {
    const folder = tempDir();
    const quiet = ['--prefer-offline', '--no-audit', '--no-fund'];
    expect(on(major, 'npm', 'install', '--prefix', folder, ...quiet, ...flags, packed)).toMatchObject({ status: 0 });
    return folder;
  }

  /** The installed program says its version, prints the sample of a plugin, and stops. */
  async function works(command: string, major: string) {
    expect(on(major, command, '--version')).toEqual({
      status: 0,
      stdout: `instrument_server ${version}\n`,
      stderr: '',
    });
    const home = tempDir();
    const scripts = join(home, 'scripts');
    mkdirSync(scripts, { mode: 0o700 });
    writePlugin(scripts, 'dropped.sh', '#!/bin/sh\necho "answer 42"\n');
    const flags = ['-f', '/dev/null', '--state-dir', join(home, 'state'), '-e', '-s', scripts, '-r', '1', '-H', 'web1'];
    const agent = spawn(command, flags, {
      cwd: home,
      env: { HOME: home, PATH: `${dirname(nodes[major] ?? '')}:/usr/bin:/bin` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exit = new Promise<number | null>((resolve) => agent.on('close', resolve));
    onTestFinished(async () => {
      agent.kill('SIGKILL');
      await exit;
    });
    let printed = '';
    await new Promise<void>((resolve, reject) => {
      const take = (text: string) => {
        printed += text;
        if (/^web1\.dropped\.answer 42 \d+$/m.test(printed)) resolve();
      };
      agent.stdout.setEncoding('utf8').on('data', take);
      agent.stderr.setEncoding('utf8').on('data', take);
      void exit.then((status) => reject(new Error(`it ended with ${status}: ${printed}`)));
    });
    expect(readlinkSync(`/proc/${agent.pid}/exe`)).toBe(nodes[major]);
    agent.kill('SIGTERM');
    expect(await exit).toBe(0);
    return printed;
  }

  const worksOnEach = (command: string) => Promise.all(nodeMajors.map((major) => works(command, major)));

  test.each(nodeMajors)('is installed by npm on Node %s, and works there', async (major) => {
    const folder = install(major, '--global');
    await works(join(folder, 'bin/instrument_server'), major);
  });

  test('works on each Node after an install without scripts, because what they build comes prebuilt', async () => {
    const folder = install(newest, '--global', '--ignore-scripts');
    const printed = await worksOnEach(join(folder, 'bin/instrument_server'));
    for (const text of printed) expect(text).not.toContain('koffi');
    const bytes = Number.parseInt(execFileSync('du', ['--summarize', '--bytes', folder], { encoding: 'utf8' }), 10);
    expect(Math.abs(bytes / documentedBytes.npm - 1), `${bytes} bytes`).toBeLessThan(0.1); // docs/deployment.md
  });

  test('works on each Node without the optional packages', async () => {
    const folder = install(newest, '--omit=optional'); // npm leaves them out only without --global
    expect(readdirSync(join(folder, 'node_modules'))).toContain('chokidar');
    for (const left of ['koffi', 'systeminformation'])
      expect(existsSync(join(folder, 'node_modules', left))).toBe(false);
    const printed = await worksOnEach(join(folder, 'node_modules/.bin/instrument_server'));
    for (const text of printed) expect(text).toContain('the package koffi is missing, or not made for this host');
  });

  test('has what its pages link to', () => {
    const folder = tempDir();
    execFileSync('tar', ['-xzf', packed, '-C', folder]);
    expect(existsSync(join(folder, 'package/README.md'))).toBe(true);
    expect(brokenLinks(join(folder, 'package'))).toEqual([]);
  });

  test.each(nodeMajors)('is run by npx on Node %s without an install', (major) => {
    const { status, stdout } = on(major, 'npx', '--yes', '--package', packed, 'instrument_server', '--version');
    expect({ status, stdout }).toEqual({ status: 0, stdout: `instrument_server ${version}\n` });
  });
});
