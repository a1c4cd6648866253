import { build } from 'esbuild';

/**
 * The program as one file, and the folders of the npm packages in it, relative to the root,
 * sorted.
 */
export type Bundle = { readonly text: string; readonly packages: readonly string[] };

/** Through this, CommonJS packages within an ES module find Node's own modules. */
const requireForPackages =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/**
 * Bundles the program for the oldest Node it supports. Its first line is yet to be written.
 * `systeminformation` is left out, because it is loaded on macOS and Windows only. The program
 * looks for koffi in `../node_modules`, and for the version in `../../package.json`, each seen from
 * its own folder. Throws what esbuild says.
 *
 * `hasNode`: a Node comes with it, whose own SQLite it uses. Otherwise it looks for the binding of
 * SQLite in `../prebuilds`.
 */
export async function bundleProgram(root: string, hasNode: boolean): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    minifyWhitespace: true,
    minifySyntax: true,
    external: ['systeminformation'],
    ...(hasNode && { alias: { '@photostructure/sqlite': 'node:sqlite' } }),
    banner: { js: requireForPackages },
    metafile: true,
    write: false,
    logLevel: 'warning',
    outfile: 'main.js',
  });
  const text = outputFiles.map((file) => file.text).join('');
  const packages = Object.keys(metafile.inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? [],
  );
  return { text: text.replace(/^#!.*\n/, ''), packages: [...new Set(packages)].sort() };
}
