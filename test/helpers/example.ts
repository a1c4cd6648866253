import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseOutput } from '../../src/formats/native.ts';
import { unixSeconds } from '../../src/model/sample.ts';
import { findProgram } from '../integration/servers/server.ts';

const folder = fileURLToPath(new URL('../../examples/plugins', import.meta.url));

/** The file names of all sample plugins. */
export const exampleNames: readonly string[] = readdirSync(folder).sort();

/** Copies a sample plugin to where an agent runs it, as its README says. */
export function installExample(dir: string, name: string): void {
  copyFileSync(join(folder, name), join(dir, name));
  chmodSync(join(dir, name), 0o700);
}

/** A run of a sample plugin, to its end. */
export type ExampleRun = {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What the agent takes from its stdout: each name with its value. */
  readonly values: Readonly<Record<string, number>>;
  /** The lines that the agent refuses, each with the reason. */
  readonly badLines: readonly string[];
};

/**
 * What a run is given. `shell` runs the script in place of the one its first line names. Without
 * `lastRun` it is the first one.
 */
export type ExampleOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly shell?: readonly string[];
  readonly lastRun?: { readonly endedAtS: number; readonly stdout: string };
};

/** Runs a sample plugin as an agent would, with only these variables beside PATH. */
export async function runExample(
  name: string,
  { env = {}, path, shell = [], lastRun }: ExampleOptions = {},
): Promise<ExampleRun> {
  const [program = '', ...args] = [
    ...shell,
    join(folder, name),
    ...(lastRun ? [String(lastRun.endedAtS), '0'] : ['0']),
  ];
  const child = spawn(program, args, { env: { LC_ALL: 'C.UTF-8', PATH: path ?? process.env['PATH'] ?? '', ...env } });
  child.stdin.on('error', () => {}); // it may end without reading
  child.stdin.end(lastRun?.stdout);
  const status = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr, ...read(stdout) };
}

function read(stdout: string): Pick<ExampleRun, 'values' | 'badLines'> {
  const values: Record<string, number> = {};
  const badLines: string[] = [];
  for (const line of parseOutput([Buffer.from(stdout)], {
    prefix: 'h.p',
    endedAtS: unixSeconds(0),
    truncated: false,
  })) {
    if (line.kind === 'sample') values[line.sample.metric.slice('h.p.'.length)] = line.sample.value;
    else badLines.push(`${line.badLine.text}: ${line.badLine.hint}`);
  }
  return { values, badLines };
}

/** A folder in `dir` that holds these programs and no others, to be the whole PATH. */
export function onlyPrograms(dir: string, programs: readonly string[]): string {
  const only = join(dir, 'only');
  mkdirSync(only);
  for (const program of programs) {
    const found = program.startsWith('/') ? program : findProgram(program);
    if (found) symlinkSync(found, join(only, basename(program)));
  }
  return only;
}

/** A folder in `dir` with all tools that this busybox has, to stand first on PATH. */
export function busyboxTools(dir: string, busybox: string): string {
  const tools = join(dir, 'busybox');
  mkdirSync(tools);
  spawnSync(busybox, ['--install', '-s', tools]);
  return tools;
}

/** What the sample plugins use of every system, beside a shell. */
export const systemPrograms: readonly string[] = ['awk', 'cat', 'date', 'sed', 'timeout', 'tr'];
