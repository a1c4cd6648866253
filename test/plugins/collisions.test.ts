import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { systemFiles } from '../../src/io/disk/files.ts';
import { pluginFile, pluginName } from '../../src/model/plugin.ts';
import { collisionsOf } from '../../src/plugins/collisions.ts';
import { isIgnoredName } from '../../src/plugins/permissions.ts';
import { activePlugins } from '../../src/plugins/registry.ts';
import { emptyScan, scanDirectory } from '../../src/plugins/scan.ts';
import { scriptsPath, self } from './live-directory.ts';

function pluginOf(file: string) {
  return { file: pluginFile(file), name: pluginName(file), path: `/s/${file}` };
}

/** The collisions of these scripts, among other entries. */
function collisionsAmong(files: readonly string[], others: readonly string[] = []) {
  return collisionsOf(files.map(pluginOf), [...files, ...others]);
}

/** What each of these scripts is offered. */
function offers(files: readonly string[], others: readonly string[] = []): readonly string[] {
  const advice = collisionsAmong(files, others).flatMap(({ adviceByFile }) => [...adviceByFile.values()]);
  return advice.map(({ sentence, commands }) => [sentence.replace(/^.*(?=rename one)/s, ''), ...commands].join('; '));
}

describe('a script that shares its name is offered another', () => {
  test.each([
    ['a.sh', 'a.x', "rename one, here to a_sh; mv -n '/s/a.sh' '/s/a_sh.sh'"],
    ['a', 'a.x', "rename one, here to a_2; mv -n '/s/a' '/s/a_2'"],
    ['a.', 'a.x', "rename one, here to a_2; mv -n '/s/a.' '/s/a_2'"],
    ['a..', 'a.x', "rename one, here to a_2; mv -n '/s/a..' '/s/a_2'"],
    ['a.b.', 'a.b.x', "rename one, here to a_b; mv -n '/s/a.b.' '/s/a_b.b'"],
    ['a.b.c', 'a.b.x', "rename one, here to a.b_c; mv -n '/s/a.b.c' '/s/a.b_c.c'"],
    ['a\nb.sh', 'a_b.x', 'rename one, here to a_b_sh; mv -n "$(printf \'\\057'],
  ])('%j beside %j', (file, other, said) => {
    expect(offers([file, other])[0]?.startsWith(said)).toBe(true);
  });

  test('no two the same, though their own names would give it', () => {
    expect(offers(['a', 'a.'])).toEqual([
      "rename one, here to a_2; mv -n '/s/a' '/s/a_2'",
      "rename one, here to a_3; mv -n '/s/a.' '/s/a_3'",
    ]);
    expect(offers(['x y.sh', 'x_y.sh'])).toEqual([
      "rename one, here to x_y_sh; mv -n '/s/x y.sh' '/s/x y_sh.sh'",
      "rename one, here to x_y_sh_2; mv -n '/s/x_y.sh' '/s/x_y_sh_2.sh'",
    ]);
  });

  test('none that an entry has already, whatever it is, or would share its name with', () => {
    expect(offers(['a.sh', 'a.rb'], ['a_sh.sh', 'a_sh_2.py', '.a_rb.rb', 'a_rb'])).toEqual([
      "rename one, here to a_sh_3; mv -n '/s/a.sh' '/s/a_sh_3.sh'",
      "rename one, here to a_rb_2; mv -n '/s/a.rb' '/s/a_rb_2.rb'",
    ]);
  });

  test('none at all where each has a name of its own', () => {
    expect(collisionsAmong(['a.sh', 'b.sh'], ['a.rb'])).toEqual([]);
  });

  test('all are told at once with the commands that rename all but one', () => {
    expect(collisionsAmong(['a', 'a.rb', 'a.sh'])).toMatchObject([
      {
        name: 'a',
        paths: ['/s/a', '/s/a.rb', '/s/a.sh'],
        advice: {
          sentence:
            "'/s/a' and '/s/a.rb' and '/s/a.sh' report under the same name a, so their metrics mix; rename all but one",
          commands: ["mv -n '/s/a.rb' '/s/a_rb.rb'", "mv -n '/s/a.sh' '/s/a_sh.sh'"],
        },
      },
    ]);
  });
});

test('whatever the names, those who obey all that they are told, or only the summary, have no collision left', () => {
  const name = fc.stringMatching(/^[ab][ab._ 2]{0,4}$/).filter((file) => !isIgnoredName(file));
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 9 }), fc.boolean(), (files, isSummary) => {
      const renamed = new Map(files.map((file) => [file, file]));
      for (const { advice, adviceByFile } of collisionsAmong(files)) {
        const commands = isSummary ? advice.commands : [...adviceByFile.values()].flatMap((one) => one.commands);
        for (const command of commands) {
          const [, from = '', to = ''] = /^mv -n '\/s\/(.*)' '\/s\/(.*)'$/.exec(command) ?? [];
          expect(files).not.toContain(to);
          renamed.set(from, to);
        }
      }
      const after = [...renamed.values()];
      expect(new Set(after).size).toBe(files.length);
      expect(collisionsAmong(after)).toEqual([]);
    }),
  );
});

test('of many that share a name, each sentence lists five and counts the others', () => {
  const files = Array.from({ length: 3000 }, (_, index) => `a.x${index}`);
  const [collision] = collisionsAmong(files);
  expect(collision?.advice.sentence).toMatch(/^('?\/s\/a\.x\d+'? and ){5}2995 others report under the same name a/);
  const each = [...(collision?.adviceByFile.values() ?? [])].map(({ sentence }) => sentence);
  expect(each).toHaveLength(3000);
  for (const sentence of each) expect(sentence).toMatch(/^('?\/s\/a\.x\d+'? and ){5}2994 others report/);
});

test('on a real directory the commands end the collision, and overwrite and move into nothing', () => {
  const dir = scriptsPath();
  for (const file of ['a', 'a.', 'a.sh']) writeFileSync(join(dir, file), '#!/bin/sh\n', { mode: 0o700 });
  mkdirSync(join(dir, 'a_2'));
  const scan = () => scanDirectory(systemFiles, dir, self, systemClock, emptyScan);
  const collisions = () => collisionsOf(activePlugins(scan()), scan().entries);
  execFileSync('/bin/sh', {
    input: collisions()
      .flatMap(({ advice }) => advice.commands)
      .join('\n'),
  });
  expect(collisions()).toEqual([]);
  expect(readdirSync(dir)).toEqual(['a', 'a_2', 'a_4', 'a_sh.sh']);
  expect(readdirSync(join(dir, 'a_2'))).toEqual([]);
});
