import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildPackages } from '../../test/packaging/build.ts';

/** What a scene of this soak works with. */
export type SystemsKit = {
  say(line: string): void;
  /** Prints whether a sentence holds, and if it does not, the evidence. Remembers it. */
  claim(sentence: string, holds: boolean, evidence?: string): void;
  /** The path of a package, built when first asked for. `words` are those of `npm run package`. */
  packageOf(...words: readonly string[]): string;
  /**
   * The folder of a fresh Debian with nothing but the required, made when first asked for. One for
   * another architecture is unpacked, and nothing of it is run.
   */
  tree(suite: string, foreignArchitecture?: string): string;
  /** A new empty folder. */
  folder(name: string): string;
};

/** Makes a kit that works in `dir`. Trees are in `trees`, where those of a former run may be. */
export function systemsKit(dir: string, trees: string, say: (line: string) => void) {
  let failures = 0;
  const built = new Map<string, string>();
  const kit: SystemsKit = {
    say,
    claim(sentence, holds, evidence = '') {
      say(`  ${holds ? 'yes' : 'NO '}  ${sentence}${holds || evidence === '' ? '' : `:\n${evidence}`}`);
      if (!holds) failures += 1;
    },
    packageOf(...words) {
      const key = words.join(' ');
      const path = built.get(key) ?? buildPackages(join(dir, `package-${built.size}`), words)[0] ?? '';
      built.set(key, path);
      return path;
    },
    tree(suite, foreignArchitecture) {
      const foreign = foreignArchitecture === undefined ? [] : ['--foreign', `--arch=${foreignArchitecture}`];
      const tree = join(trees, [suite, ...(foreignArchitecture === undefined ? [] : [foreignArchitecture])].join('-'));
      if (existsSync(tree)) return tree;
      const { uri } = mirror();
      const began = performance.now();
      const words = [...foreign, '--variant=minbase', suite, `${tree}.new`, uri];
      execFileSync('debootstrap', words, { stdio: ['ignore', 'ignore', 'inherit'] });
      renameSync(`${tree}.new`, tree);
      say(
        `  debootstrap of ${basename(tree)}: ${((performance.now() - began) / 1000).toFixed(0)} s, ${megabytesIn(tree)} MB`,
      );
      return tree;
    },
    folder(name) {
      const path = join(dir, name);
      rmSync(path, { recursive: true, force: true });
      mkdirSync(path, { recursive: true });
      return path;
    },
  };
  return { kit, failures: () => failures };
}

/** The mirror of Debian that apt uses on this machine. Throws if there is none. */
function mirror(): { readonly uri: string } {
  const format = ['--format', '$(ORIGIN) $(COMPONENT) $(REPO_URI) $(CODENAME)', 'Created-By: Packages'];
  const lines = execFileSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' }).split('\n');
  const uri = lines.flatMap((line) => /^Debian main (\S+) [a-z]+$/.exec(line)?.[1] ?? [])[0];
  if (uri === undefined) throw new Error('apt has no source of Debian here; add one, and type: apt-get update');
  return { uri };
}

/** What the files below a folder take, in MB of a million bytes. */
export function megabytesIn(folder: string): number {
  const size = execFileSync('du', ['--summarize', '--bytes', '--one-file-system', folder], { encoding: 'utf8' });
  return Math.round(Number.parseInt(size, 10) / 1e6);
}
