import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Architecture, nodeArchitectures } from './contents.ts';
import { npmPackage } from './npm-package.ts';

/** A file of koffi: its path below the agent's folder. */
export type KoffiFile = { readonly path: string; readonly content: Uint8Array };

/**
 * The files of koffi that are loaded. npm installs its binding for the machine that builds only, so
 * that of another architecture is fetched, as the lock file has it. Throws if it can't be had.
 */
export function koffiFiles(root: string, cache: string, architecture: Architecture): readonly KoffiFile[] {
  const machine = nodeArchitectures[architecture];
  const koffi = 'node_modules/koffi';
  const binding = `node_modules/@koromix/koffi-linux-${machine}`;
  const loaders = ['package.json', 'index.cjs', 'src/koffi/index.cjs', 'src/koffi/src/static.cjs'];
  const bindingFiles = ['package.json', 'index.js', `linux_${machine}/koffi.node`];
  const bindingFolder = existsSync(join(root, binding))
    ? join(root, binding)
    : npmPackage(locked(root, binding), cache);
  return [
    ...loaders.map((path) => ({ path: `${koffi}/${path}`, content: readFileSync(join(root, koffi, path)) })),
    ...bindingFiles.map((path) => ({ path: `${binding}/${path}`, content: readFileSync(join(bindingFolder, path)) })),
  ];
}

/** Finds what the lock file says of a package. Throws if it is not there. */
function locked(root: string, path: string) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>>;
  };
  const found = packages[path];
  if (!found) throw new Error(`package-lock.json does not have ${path}`);
  return { name: path.replace('node_modules/', ''), version: found.version, integrity: found.integrity };
}
