import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { manPages } from '../../packaging/man/pages.ts';
import { manPage, paragraphs, verbatim } from '../../packaging/man/troff.ts';
import { allFlags } from '../../src/cli/flags.ts';
import { commands } from '../../src/cli/help.ts';
import { allSettings } from '../../src/config/schema.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { findProgram } from '../integration/servers/server.ts';
import { titleOf } from '../integration/set-up.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const groff = findProgram('groff');
const pages = manPages('2.0.0-alpha.1');
const textOf = (name: string) => shownBy(pages.find((page) => page.name === name)?.text ?? '');

/** What `man` shows of a page, without bold and underlined. */
function shownBy(page: string): string {
  const printed = execFileSync('groff', ['-man', '-Tutf8', '-P-c'], { input: page, encoding: 'utf8' });
  return printed.replaceAll(/.[\b]/g, ''); // bold is a letter printed over itself
}

describe.skipIf(groff === null)(titleOf('the pages for man', { groff }), () => {
  test.each(pages)('$name is shown without a warning', ({ text }) => {
    const { status, stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-z'], { input: text, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('instrument_server(1) has every command, and every flag with its spellings', () => {
    const lines = textOf('instrument_server.1')
      .split('\n')
      .map((line) => line.trim());
    const isNamed = (name: string) => lines.some((line) => line === name || line.startsWith(`${name} `));
    expect(Object.keys(commands).filter((name) => !isNamed(name))).toEqual([]);
    const spelled = allFlags.map(({ shown }) => shown.replace(/[<>]/g, ''));
    expect(spelled.length).toBeGreaterThan(20);
    expect(spelled.filter((flag) => !isNamed(flag))).toEqual([]);
  });

  test('instrument_server.ini(5) has every key under its section', () => {
    const sections = textOf('instrument_server.ini.5').split(/^\[/m);
    const missing = allSettings.filter(
      ({ section, key, kind }) =>
        !sections.some((part) => part.startsWith(`${section}]\n`) && part.includes(`\n       ${key} (${kind.type})\n`)),
    );
    expect(missing.map(({ section, key }) => `[${section}] ${key}`)).toEqual([]);
  });

  test('text is shown as it stands, even if it looks like a command of troff', () => {
    const text = '\'tis\n.TH x\n\\fBno\\fR a-b `c` ^ ~ "…"\n.\\" gone';
    const head = { name: 'x', chapter: 1, version: '0' };
    const shown = shownBy(manPage(head, [['X', verbatim(text)]]));
    for (const line of text.split('\n')) expect(shown).toContain(` ${line}\n`);
    expect(shownBy(manPage(head, [['X', paragraphs('`.a` is -x', '.b')]]))).toMatch(/ \.a is -x\n\n +\.b\n/);
  });
});

test('npm pack writes the pages that package.json names', () => {
  const { man, scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(scripts.prepack).toMatch(/ && tsx packaging\/man\/write\.ts dist\/man$/);
  const dir = tempDir();
  execFileSync(process.execPath, ['--import', 'tsx', 'packaging/man/write.ts', dir], { cwd: root });
  expect(man).toEqual(
    readdirSync(dir)
      .sort()
      .map((name) => `dist/man/${name}`),
  );
  expect(man.map((path: string) => basename(path))).toEqual(pages.map(({ name }) => name));
});
