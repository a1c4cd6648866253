import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { thisArchitecture } from '../packaging/contents.ts';
import { nodeProgram } from '../packaging/node-binary.ts';
import { npmFolder } from '../packaging/npm-package.ts';

/** A Node to measure with. `major` is a number, to choose a limit by. */
export type MeasuredNode = { readonly version: string; readonly major: number; readonly path: string };

/**
 * The Nodes that `NODES=20,22,24,26` names, by their major versions, as `packaging/node.json` has
 * them; without it the one that this process runs on.
 */
export function measuredNodes(): readonly MeasuredNode[] {
  const cache = fileURLToPath(new URL(join('..', npmFolder), import.meta.url));
  const paths = process.env['NODES']?.split(',').map((major) => nodeProgram(major, thisArchitecture(), cache));
  return (paths ?? [process.execPath]).map((path) => {
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1);
    return { version, major: Number.parseInt(version, 10), path };
  });
}

/** Starts this Node with a timer and nothing else. Returns its process id, and how to end it. */
export function startBareNode({ path }: MeasuredNode): { readonly pid: number; end(): void } {
  const child = spawn(path, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore', env: {} });
  const end = () => void child.kill();
  process.once('exit', end);
  return { pid: child.pid ?? 0, end };
}
