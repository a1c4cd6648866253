import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { completionScript } from '../src/cli/completion/script.ts';
import type { Bundle } from './bundle.ts';
import { type Entry, file } from './entry.ts';
import { koffiFiles } from './koffi.ts';
import { manPages } from './man/pages.ts';
import { firstGroup, withKeys } from './sample.ts';

/** An architecture that a package can be built for, by Debian's name. */
export type Architecture = 'amd64' | 'arm64';

/** The architectures, in order. */
export const architectures: readonly Architecture[] = ['amd64', 'arm64'];

/** An architecture by Node's name. */
export const nodeArchitectures: Readonly<Record<Architecture, string>> = { amd64: 'x64', arm64: 'arm64' };

/** Returns the architecture of this machine. */
export function thisArchitecture(): Architecture {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}

/** Name, version (`2.0.0-alpha.1`), maintainer and date of the packages. */
export type Release = {
  readonly name: string;
  readonly version: string;
  readonly maintainer: string;
  readonly atS: number;
};

/**
 * What all packages of one build are made from: the program for a Node that comes with it, and
 * `nodeless` for the host's. `cache` is a folder for what is downloaded. `packing` is how hard to
 * pack, from 1 (quick) to 9.
 */
export type BuildSource = {
  readonly packing: number;
  readonly root: string;
  readonly cache: string;
  readonly bundle: Bundle;
  readonly nodeless: Bundle;
  readonly release: Release;
};

/**
 * The program in the folder `program`, with Node beside it. `node` null: the host has Node, as
 * `/usr/bin/node`. Throws if a file is missing.
 */
export function programEntries(
  { root, cache, bundle, nodeless, release }: BuildSource,
  architecture: Architecture,
  program: string,
  node: Uint8Array | null,
): readonly Entry[] {
  const sqlite = `prebuilds/linux-${nodeArchitectures[architecture]}/@photostructure+sqlite.glibc.node`;
  const interpreter = node === null ? '/usr/bin/node' : `${program}/bin/node`;
  return [
    file(
      `${program}/package.json`,
      `${JSON.stringify({ name: release.name, version: release.version, type: 'module' }, null, 2)}\n`,
    ),
    ...(node === null ? [] : [file(`${program}/bin/node`, node, 0o755)]),
    file(`${program}/agent/dist/main.js`, `#!${interpreter}\n${(node === null ? nodeless : bundle).text}`, 0o755),
    ...(node === null
      ? [file(`${program}/agent/${sqlite}`, readFileSync(join(root, 'node_modules/@photostructure/sqlite', sqlite)))]
      : []),
    ...koffiFiles(root, cache, architecture).map(({ path, content }) => file(`${program}/agent/${path}`, content)),
    ...filesBelow(root, 'dist/web').map((path) =>
      file(`${program}/agent/web/${path.slice('dist/web/'.length)}`, readFileSync(join(root, path))),
    ),
  ];
}

/**
 * The pages for people, below `docs`: README, CHANGELOG, the documentation, the examples, rules for
 * alerts. Not LICENSE, whose text is in `copyright`, where systems look for it.
 */
export function documentEntries(
  { root, bundle, nodeless }: BuildSource,
  docs: string,
  hasNode: boolean,
): readonly Entry[] {
  const read = (path: string) => readFileSync(join(root, path));
  return [
    file(`${docs}/copyright`, copyright(root, hasNode ? bundle : nodeless, hasNode)),
    ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'].map((path) =>
      file(`${docs}/${path}`, read(path)),
    ),
    ...filesBelow(root, 'docs').flatMap((path) => (path.endsWith('.md') ? [file(`${docs}/${path}`, read(path))] : [])),
    ...filesBelow(root, 'config').map((path) => file(`${docs}/${path}`, read(path))),
    ...filesBelow(root, 'examples').map((path) =>
      file(`${docs}/${path}`, read(path), path.endsWith('.sh') ? 0o755 : 0o644),
    ),
    ...filesBelow(root, 'packaging/alerts').flatMap((path) =>
      path.endsWith('.ts') ? [] : [file(`${docs}/${path}`, read(path))],
    ),
  ];
}

/** The pages for `man`, packed, below `share`. */
export function manualEntries({ release }: BuildSource, share: string): readonly Entry[] {
  return manPages(release.version).map(({ name, chapter, text }) =>
    file(`${share}/man/man${chapter}/${name}.gz`, gzipSync(text, { level: 9 })),
  );
}

/** The completion for each shell, below `share`. `zsh`: the folder there that zsh reads. */
export function completionEntries(share: string, zsh: 'vendor-completions' | 'site-functions'): readonly Entry[] {
  return [
    file(`${share}/bash-completion/completions/instrument_server`, completionScript('bash')),
    file(`${share}/zsh/${zsh}/_instrument_server`, completionScript('zsh')),
    file(`${share}/fish/vendor_completions.d/instrument_server.fish`, completionScript('fish')),
  ];
}

/** Where a system looks for units of systemd, and for completions of zsh below `/usr/share/zsh`. */
export type SystemFolders = { readonly units: string; readonly zsh: 'vendor-completions' | 'site-functions' };

/** Everything that a package of the system installs. */
export function systemEntries(
  source: BuildSource,
  architecture: Architecture,
  node: Uint8Array | null,
  { units, zsh }: SystemFolders,
): readonly Entry[] {
  const { root, release } = source;
  const docs = `/usr/share/doc/${release.name}`;
  return [
    ...programEntries(source, architecture, '/usr/lib/instrument_server', node),
    { kind: 'link', path: '/usr/bin/instrument_server', target: '../lib/instrument_server/agent/dist/main.js' },
    file(`${units}/instrument_server.service`, readFileSync(join(root, 'config/instrument_server.service'))),
    file('/etc/instrument_server.ini', packagedSample(root), 0o640), // the package gives it the group of the agent's user
    { kind: 'folder', path: '/etc/instrument_server.d' },
    file('/etc/logrotate.d/instrument_server', readFileSync(join(root, 'config/logrotate'))),
    ...documentEntries(source, docs, node !== null),
    ...manualEntries(source, '/usr/share'),
    ...completionEntries('/usr/share', zsh),
  ];
}

/** The version in the package file of the source. */
export function sourceVersion(root: string): string {
  return firstGroup(readFileSync(join(root, 'package.json'), 'utf8'), /^ {2}"version": "([^"]+)"/m);
}

/** A version as Debian and RPM write it, so that `2.0.0~alpha.1` comes before `2.0.0`. */
export function systemVersion({ version }: Release): string {
  return version.replace('-', '~');
}

/** The changelog in Debian's form, packed. */
export function debianChangelog(release: Release, name: string): Uint8Array {
  const { maintainer, atS } = release;
  const date = new Date(atS * 1000).toUTCString().replace('GMT', '+0000');
  return gzipSync(
    `${name} (${systemVersion(release)}) unstable; urgency=medium\n\n  * What is different after an upgrade: CHANGELOG.md beside this file.\n\n -- ${maintainer}  ${date}\n`,
    { level: 9 },
  );
}

/** The commented sample, with the folders set that the package makes. */
function packagedSample(root: string): string {
  return withKeys(readFileSync(join(root, 'config/instrument_server.ini'), 'utf8'), {
    agent: { state_dir: '/var/lib/instrument_server' },
    scripts: {
      enabled: 'true',
      location: '/etc/instrumental_scripts',
      withhold_env: 'INSTRUMENTAL_TOKEN, NOTIFY_SOCKET, WATCHDOG_PID, WATCHDOG_USEC',
    },
  });
}

function copyright(root: string, { packages }: Bundle, hasNode: boolean): string {
  const own = readFileSync(join(root, 'LICENSE'), 'utf8');
  const folders = [...packages, 'node_modules/uplot', 'node_modules/koffi'];
  const theirs = folders.map((folder) => {
    const name = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
    if (name === undefined) throw new Error(`${folder} has no file with its licence`);
    return `\n== ${folder.replace(/.*node_modules\//, '')}\n\n${readFileSync(join(root, folder, name), 'utf8').trim()}\n`;
  });
  const node = hasNode
    ? '\nNode.js, beside the program, is under the MIT licence; its own parts and theirs: https://github.com/nodejs/node/blob/main/LICENSE\n'
    : '';
  return `${own}
The program and its page contain parts of these packages. The libraries beside the program are those of koffi, and one
that contains SQLite, which is in the public domain.
${node}${theirs.join('')}`;
}

function filesBelow(root: string, folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(root, `${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    )
    .sort();
}
