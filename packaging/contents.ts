import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Bundle } from './bundle.ts';
import { type Entry, file } from './entry.ts';
import { firstGroup, withKeys } from './sample.ts';

/** A Debian architecture that a package can be built for. */
export type Architecture = 'amd64' | 'arm64';

/** Name, version (`2.0.0-alpha.1`), maintainer and date of the package. */
export type Release = {
  readonly name: string;
  readonly version: string;
  readonly maintainer: string;
  readonly atS: number;
};

const nodeArchitectures: Readonly<Record<Architecture, string>> = { amd64: 'x64', arm64: 'arm64' };
const sqlite = 'node_modules/@photostructure/sqlite';
const koffi = 'node_modules/koffi';

/** The architectures, in order. */
export const architectures: readonly Architecture[] = ['amd64', 'arm64'];

/** Everything that the package installs on a host. Throws if a file is missing below `root`. */
export function packageContents(
  root: string,
  bundle: Bundle,
  architecture: Architecture,
  release: Release,
): readonly Entry[] {
  const read = (path: string) => readFileSync(join(root, path));
  const program = '/usr/lib/instrument_server';
  const docs = `/usr/share/doc/${release.name}`;
  const prebuilt = `prebuilds/linux-${nodeArchitectures[architecture]}/@photostructure+sqlite.glibc.node`;
  return [
    file(
      `${program}/package.json`,
      `${JSON.stringify({ name: release.name, version: release.version, type: 'module' }, null, 2)}\n`,
    ),
    file(`${program}/agent/dist/main.js`, bundle.text, 0o755),
    file(`${program}/agent/${prebuilt}`, read(`${sqlite}/${prebuilt}`)),
    ...koffiFiles(root, architecture).map((path) => file(`${program}/agent/${path}`, read(path))),
    ...filesBelow(root, 'dist/web').map((path) =>
      file(`${program}/agent/web/${path.slice('dist/web/'.length)}`, read(path)),
    ),
    { kind: 'link', path: '/usr/bin/instrument_server', target: '../lib/instrument_server/agent/dist/main.js' },
    file(
      '/lib/systemd/system/instrument_server.service',
      packagedUnit(read('config/instrument_server.service').toString(), koffiFiles(root, architecture).length > 0),
    ),
    file('/etc/instrument_server.ini', packagedSample(root), 0o640), // postinst gives it the group of the agent's user
    { kind: 'folder', path: '/etc/instrument_server.d' },
    file('/etc/logrotate.d/instrument_server', read('config/logrotate')),
    file(`${docs}/copyright`, copyright(root, bundle)),
    file(`${docs}/changelog.gz`, gzipSync(debianChangelog(release), { level: 9 })),
    ...['README.md', 'CHANGELOG.md'].map((path) => file(`${docs}/${path}`, read(path))),
    ...filesBelow(root, 'docs').flatMap((path) => (path.endsWith('.md') ? [file(`${docs}/${path}`, read(path))] : [])),
    ...filesBelow(root, 'config').map((path) => file(`${docs}/${path}`, read(path))),
  ];
}

/**
 * The files of koffi that are loaded. Empty if its binding for the architecture is not installed:
 * then the program starts plugins by `fork`.
 */
export function koffiFiles(root: string, architecture: Architecture): readonly string[] {
  const machine = nodeArchitectures[architecture];
  const binding = `node_modules/@koromix/koffi-linux-${machine}`;
  if (!existsSync(join(root, binding))) return [];
  const loaders = ['package.json', 'index.cjs', 'src/koffi/index.cjs', 'src/koffi/src/static.cjs'];
  const bindingFiles = ['package.json', 'index.js', `linux_${machine}/koffi.node`];
  return [...loaders.map((path) => `${koffi}/${path}`), ...bindingFiles.map((path) => `${binding}/${path}`)];
}

/**
 * The unit. Without koffi the agent can't say that it is ready, and systemd would end it after
 * TimeoutStartSec: then systemd does not wait for that, nor watch it.
 */
export function packagedUnit(unit: string, hasKoffi: boolean): string {
  if (hasKoffi) return unit;
  const notifying = /(?:^#.*\n)+Type=notify\nNotifyAccess=.*\nWatchdogSec=.*\n/m;
  if (!notifying.test(unit)) throw new Error('the unit does not have Type, NotifyAccess and WatchdogSec in a row');
  return unit.replace(notifying, '# The start succeeds when the program was executed as that user.\nType=exec\n');
}

/** A version as Debian writes it, so that `2.0.0~alpha.1` comes before `2.0.0`. */
export function debianVersion({ version }: Release): string {
  return version.replace('-', '~');
}

/** The version in the package file of the source. */
export function sourceVersion(root: string): string {
  return firstGroup(readFileSync(join(root, 'package.json'), 'utf8'), /^ {2}"version": "([^"]+)"/m);
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

function copyright(root: string, { packages }: Bundle): string {
  const own = readFileSync(join(root, 'LICENSE'), 'utf8');
  const theirs = [...packages, 'node_modules/uplot', ...(existsSync(join(root, koffi)) ? [koffi] : [])].map(
    (folder) => {
      const name = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry));
      if (name === undefined) throw new Error(`${folder} has no file with its licence`);
      return `\n== ${folder.replace(/.*node_modules\//, '')}\n\n${readFileSync(join(root, folder, name), 'utf8').trim()}\n`;
    },
  );
  return `${own}
The program and its page contain parts of these packages. The libraries beside the program are those of koffi, and one
that contains SQLite, which is in the public domain.
${theirs.join('')}`;
}

function debianChangelog(release: Release): string {
  const { name, maintainer, atS } = release;
  const date = new Date(atS * 1000).toUTCString().replace('GMT', '+0000');
  return `${name} (${debianVersion(release)}) unstable; urgency=medium\n\n  * What is different after an upgrade: CHANGELOG.md beside this file.\n\n -- ${maintainer}  ${date}\n`;
}

function filesBelow(root: string, folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(root, `${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    )
    .sort();
}
