import { build } from 'esbuild';

/** The program as one file, and the folders of the npm packages that are in it, relative to the root, in order. */
export type Bundle = { readonly text: string; readonly packages: readonly string[] };

/** CommonJS packages within an ES module find Node's own modules through this. */
const requireForPackages =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

/**
 * Bundles the program for the oldest Node it supports, to be run by `interpreter`. `systeminformation` is left out: it is loaded on
 * macOS and Windows only. koffi is looked for in `../node_modules`. From the folder that the file is put in, the binding of SQLite is looked for in `../prebuilds` and
 * the version in `../../package.json`. Throws what esbuild says.
 */
export async function bundleProgram(root: string, interpreter: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    external: ['systeminformation'],
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
  return { text: text.replace(/^#!.*/, `#!${interpreter}`), packages: [...new Set(packages)].sort() };
}
