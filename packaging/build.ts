import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleProgram } from './bundle.ts';
import { type Architecture, architectures, type BuildSource, type Release, sourceVersion } from './contents.ts';
import { buildDeb } from './deb.ts';
import { nodeBinary } from './node-binary.ts';
import { npmFolder } from './npm-package.ts';
import { buildRpm } from './rpm.ts';
import { buildTarball } from './tarball.ts';

/**
 * `npm run package -- [--out DIR] [--version VERSION] [--quick] [amd64] [arm64] [deb] [nodeless]
 * [rpm] [tar]` builds packages (default: all, for both architectures) and `SHA256SUMS`, and prints
 * their paths. With `--quick` they are packed in a third of the time, and larger. The maintainer is
 * `$DEBFULLNAME <$DEBEMAIL>`. With `$SOURCE_DATE_EPOCH` set, the same source gives the same bytes.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const kinds = ['deb', 'nodeless', 'rpm', 'tar'] as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' }, quick: { type: 'boolean', default: false }, version: { type: 'string' } },
});
const known: readonly string[] = [...architectures, ...kinds];
const unknown = positionals.filter((word) => !known.includes(word));
if (unknown.length > 0) {
  process.stderr.write(`npm run package: ${unknown.join(', ')}: there are ${known.join(', ')}\n`);
  process.exit(2);
}
const asked = <Word extends string>(words: readonly Word[]) => {
  const some = words.filter((word) => positionals.includes(word));
  return some.length === 0 ? words : some;
};

const { env } = process;
const release: Release = {
  name: 'instrument-server',
  version: values.version ?? sourceVersion(root),
  maintainer: `${env['DEBFULLNAME'] ?? 'the instrument-server authors'} <${env['DEBEMAIL'] ?? 'nobody@instrument-server.invalid'}>`,
  atS: Number(env['SOURCE_DATE_EPOCH'] ?? Math.floor(Date.now() / 1000)),
};
const out = resolve(values.out ?? join(root, 'build'));
mkdirSync(out, { recursive: true });
const source: BuildSource = {
  root,
  cache: join(root, npmFolder),
  bundle: await bundleProgram(root, true),
  nodeless: await bundleProgram(root, false),
  release,
  packing: values.quick ? 1 : 6,
};

const builders: Readonly<Record<(typeof kinds)[number], (architecture: Architecture, node: Uint8Array) => string>> = {
  deb: (architecture, node) => buildDeb(source, architecture, node, out),
  nodeless: (architecture) => buildDeb(source, architecture, null, out),
  rpm: (architecture, node) => buildRpm(source, architecture, node, out),
  tar: (architecture, node) => buildTarball(source, architecture, node, out),
};
const built = asked(architectures).flatMap((architecture) => {
  const node = nodeBinary(architecture, source.cache);
  return asked(kinds).map((kind) => builders[kind](architecture, node));
});
const sums = built
  .map((path) => `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${basename(path)}\n`)
  .sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1));
writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
process.stdout.write(`${[...built, join(out, 'SHA256SUMS')].join('\n')}\n`);
